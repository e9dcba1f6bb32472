/**
 * @module functions/page/client/picture-list
 * Several photographs in a list: each with what it shows, or with what kept its answer away.
 */
import type { ClassifyAnswer } from '../../contract/classify.ts';
import { describeAnswer, formatShare } from './answer-view.ts';
import { find, make } from './dom.ts';
import { FailureView } from './failure-view.ts';

/** A photograph of the list. */
export class PictureRow {
  private readonly item: HTMLLIElement;
  private readonly picture = make('img', {});
  private readonly words: HTMLElement;
  private readonly failureRoot = make('div', { className: 'failure' });
  private readonly failure: FailureView;
  private readonly name: string;

  constructor(item: HTMLLIElement, name: string) {
    this.item = item;
    this.name = name;
    this.picture.alt = '';
    this.picture.hidden = true;
    this.words = make('span', { className: 'words' }, this.file(), make('span', {}, 'Waiting …'));
    const alert = make('div', {});
    alert.setAttribute('role', 'alert');
    const button = make('button', { className: 'button' });
    button.type = 'button';
    button.hidden = true;
    this.failureRoot.append(alert, button);
    this.failure = new FailureView(this.failureRoot);
    item.append(this.picture, this.words, this.failureRoot);
  }

  /** Shows the photograph, if this browser can open it. Returns its address, to be revoked. */
  async showPicture(photograph: Blob): Promise<string> {
    const url = URL.createObjectURL(photograph);
    this.picture.src = url;
    this.picture.hidden = await this.picture.decode().then(
      () => false,
      () => true,
    );
    return url;
  }

  say(text: string): void {
    this.failure.clear();
    this.words.replaceChildren(this.file(), make('span', {}, text));
    this.item.replaceChildren(this.picture, this.words, this.failureRoot);
  }

  /** Shows the likeliest breed; the whole row becomes a button that opens the answer. */
  showAnswer(answer: ClassifyAnswer, open: () => void): void {
    const { title } = describeAnswer(answer);
    const [best] = answer.predictions;
    const share = answer.confident && best !== undefined ? formatShare(best.score) : '';
    this.words.replaceChildren(
      this.file(),
      make(
        'span',
        { className: 'line' },
        make('span', { className: 'name' }, title),
        ' ',
        make('span', { className: 'share' }, share),
      ),
    );
    const button = make('button', { className: 'row' }, this.picture, this.words);
    button.type = 'button';
    button.addEventListener('click', () => {
      for (const other of document.querySelectorAll('#pictures [aria-current]'))
        other.removeAttribute('aria-current');
      button.setAttribute('aria-current', 'true');
      open();
    });
    this.item.replaceChildren(button);
  }

  fail(thrown: unknown, retry: () => void): void {
    this.words.replaceChildren(this.file());
    this.failure.show(thrown, retry);
  }

  private file(): HTMLElement {
    return make('span', { className: 'file' }, this.name);
  }
}

export class PictureList {
  private readonly root = find('pictures', HTMLOListElement);
  private readonly urls: string[] = [];

  clear(): void {
    for (const url of this.urls.splice(0)) URL.revokeObjectURL(url);
    this.root.replaceChildren();
  }

  add(name: string): PictureRow {
    const item = make('li', {});
    this.root.append(item);
    return new PictureRow(item, name);
  }

  /** Shows a photograph in its row until the list is cleared. */
  async showPicture(row: PictureRow, photograph: Blob): Promise<void> {
    this.urls.push(await row.showPicture(photograph));
  }
}
