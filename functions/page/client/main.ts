/**
 * @module functions/page/client/main
 * Takes a photograph, however it comes, has it named, and shows the answer.
 */
import { clearAnswer, say, showAnswer } from './answer-view.ts';
import { find } from './dom.ts';
import { Failure } from './failure.ts';
import { FailureView } from './failure-view.ts';
import { FeedbackView } from './feedback-view.ts';
import { KeyForm } from './key-form.ts';
import { makeSmaller } from './photograph.ts';
import { API, classify, KeyNeededError } from './service.ts';
import { takePhotographs } from './take.ts';

const picture = find('picture', HTMLImageElement);
const keyForm = new KeyForm();
const failures = new FailureView(find('failure', HTMLElement));
const feedback = new FeedbackView(keyForm);

/** Ends what was asked before, so that a late answer to an earlier photograph isn't shown. */
let current = new AbortController();

find('docs', HTMLAnchorElement).href = `${API}docs`;
takePhotographs({ onFiles: (files) => begin(files), onNothing: (from) => refuse(from) });

function begin([file, ...others]: File[]): void {
  if (file === undefined) return;
  const note = others.length === 0 ? '' : `Of ${others.length + 1} files only the first was looked at.`;
  const signal = startOver();
  attempt(signal, async () => {
    say('Opening the photograph …');
    const photograph = await makeSmaller(file);
    signal.throwIfAborted();
    await showPicture(photograph);
    await attempt(signal, () => ask(photograph, { note, signal }));
  });
}

function refuse(from: 'drop' | 'paste'): void {
  startOver();
  failures.show(new Failure({ kind: 'no-file', from }), () => {});
}

/** The key may be asked for and the service be busy: then the same is attempted again, with the photograph as it is. */
async function ask(photograph: Blob, { note, signal }: { note: string; signal: AbortSignal }): Promise<void> {
  say('Looking at the photograph …');
  const answer = await classify(photograph, { signal });
  showAnswer(answer, { note });
  feedback.offer({ answer, photograph });
}

async function attempt(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  failures.clear();
  document.body.classList.add('busy');
  try {
    await work();
  } catch (error) {
    if (signal.aborted) return;
    clearAnswer();
    const again = () => void attempt(signal, work);
    if (error instanceof KeyNeededError) {
      say('This service asks for a key');
      keyForm.ask(error, again);
    } else failures.show(error, again);
  } finally {
    if (!signal.aborted) document.body.classList.remove('busy');
  }
}

function startOver(): AbortSignal {
  current.abort();
  current = new AbortController();
  clearAnswer();
  failures.clear();
  feedback.hide();
  keyForm.hide();
  picture.hidden = true;
  document.body.classList.remove('busy');
  document.body.classList.add('begun');
  return current.signal;
}

/** One that the browser can't open is sent all the same, and not shown. */
async function showPicture(photograph: Blob): Promise<void> {
  URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(photograph);
  picture.hidden = await picture.decode().then(
    () => false,
    () => true,
  );
}
