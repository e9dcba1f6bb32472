/**
 * @module functions/page/client/feedback-view
 * "That's wrong, it is …": tells the service what an answer should have been, and takes it back again.
 */
import type { BreedsAnswer } from '../../contract/breeds.ts';
import type { ClassifyAnswer } from '../../contract/classify.ts';
import type { FeedbackAnswer } from '../../contract/feedback.ts';
import { find, make } from './dom.ts';
import { FailureView } from './failure-view.ts';
import type { KeyForm } from './key-form.ts';
import { deleteFeedback, KeyNeededError, listBreeds, sendFeedback } from './service.ts';

/** Labels beside the breeds, as the service knows them. */
const OTHERS = [
  ['other', 'Another breed or animal'],
  ['not a pet', 'No animal at all'],
] as const;

/** What feedback is about. */
interface Subject {
  answer: ClassifyAnswer;
  photograph: Blob;
}

export class FeedbackView {
  private readonly root = find('feedback', HTMLElement);
  private readonly details = find('wrong', HTMLDetailsElement);
  private readonly form = find('feedback-form', HTMLFormElement);
  private readonly select = find('truth', HTMLSelectElement);
  private readonly consent = find('consent', HTMLInputElement);
  private readonly thanks = find('thanks', HTMLElement);
  private readonly send = find('send', HTMLButtonElement);
  private readonly failures = new FailureView(find('feedback-failure', HTMLElement));
  private readonly keyForm: KeyForm;
  private subject: Subject | null = null;
  /** Version whose breeds the list has. */
  private listed: string | null = null;

  constructor(keyForm: KeyForm) {
    this.keyForm = keyForm;
    this.details.addEventListener('toggle', () => {
      if (this.details.open) this.run(() => this.fillList());
    });
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.send.getAttribute('aria-disabled') !== 'true') this.run(() => this.submit());
    });
  }

  /** Offers to correct an answer. */
  offer(subject: Subject): void {
    this.hide();
    this.subject = subject;
    this.root.hidden = false;
    this.details.hidden = false;
  }

  hide(): void {
    this.subject = null;
    this.root.hidden = true;
    this.details.open = false;
    this.form.reset();
    this.thanks.replaceChildren();
    this.failures.clear();
  }

  private async fillList(): Promise<void> {
    const version = this.subject?.answer.model.version ?? null;
    if (this.listed === version) return;
    const { breeds } = await listBreeds();
    this.select.replaceChildren(this.select.options[0]!, ...groupsOf(breeds));
    this.listed = version;
  }

  private async submit(): Promise<void> {
    const { subject } = this;
    if (subject === null) return;
    const { requestId, model } = subject.answer;
    const feedback = { requestId, label: this.select.value, version: model.version };
    const sent = await sendFeedback(feedback, this.consent.checked ? subject.photograph : null);
    if (subject !== this.subject) return;
    this.showThanks(sent);
  }

  private showThanks({ id, pictureKept }: FeedbackAnswer): void {
    const takeBack = make('button', { className: 'button quiet' }, 'Take it back');
    takeBack.type = 'button';
    takeBack.addEventListener('click', () => this.run(() => this.takeBack(id)));
    const kept = pictureKept ? 'The photograph was kept with it.' : 'The photograph was not kept.';
    this.conclude('Thank you', `${kept} Its number is ${id}.`, takeBack);
  }

  private async takeBack(id: string): Promise<void> {
    const { subject } = this;
    await deleteFeedback(id);
    if (subject === this.subject) this.conclude('Taken back', 'Nothing of it is kept.');
  }

  /** What was in focus is gone, so the words get it: a keyboard goes on from there, a screen reader reads them. */
  private conclude(title: string, detail: string, ...more: Node[]): void {
    this.details.hidden = true;
    this.thanks.replaceChildren(make('h3', {}, title), make('p', {}, detail), ...more);
    this.thanks.focus();
  }

  /** Does one thing at a time; what fails is told, with a way to try again. */
  private run(work: () => Promise<void>): void {
    const { subject } = this;
    this.failures.clear();
    this.send.setAttribute('aria-disabled', 'true');
    work()
      .catch((error: unknown) => {
        if (subject !== this.subject) return;
        if (error instanceof KeyNeededError) this.keyForm.ask(error, () => this.run(work));
        else this.failures.show(error, () => this.run(work));
      })
      .finally(() => this.send.removeAttribute('aria-disabled'));
  }
}

function groupsOf(breeds: BreedsAnswer['breeds']): HTMLOptGroupElement[] {
  const groups = [
    ['Cats', breeds.filter(({ species }) => species === 'cat')],
    ['Dogs', breeds.filter(({ species }) => species === 'dog')],
    ['Others', breeds.filter(({ species }) => species === 'other')],
  ] as const;
  const named = groups
    .filter(([, members]) => members.length > 0)
    .map(([title, members]) =>
      groupOf(
        title,
        members.toSorted((a, b) => a.name.localeCompare(b.name)).map(({ breed, name }) => [breed, name]),
      ),
    );
  return [...named, groupOf('None of these', OTHERS)];
}

function groupOf(
  title: string,
  options: readonly (readonly [value: string, text: string])[],
): HTMLOptGroupElement {
  const group = make('optgroup', {}, ...options.map(([value, text]) => new Option(text, value)));
  group.label = title;
  return group;
}
