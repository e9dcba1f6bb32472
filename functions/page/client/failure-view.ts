/**
 * @module functions/page/client/failure-view
 * Tells a failure in plain words, with a button to try again where that may help.
 */
import { make } from './dom.ts';
import { describeFailure } from './failure.ts';

/** Longer pauses are no longer waited for on this page. */
const LONGEST_PAUSE_SECONDS = 600;

export class FailureView {
  private readonly words: HTMLElement;
  private readonly button: HTMLButtonElement;
  private timer: number | undefined;
  private secondsLeft = 0;
  private retry: (() => void) | null = null;

  /** `root` holds an element with the role alert, which is there before it says anything, and a button. */
  constructor(root: HTMLElement) {
    this.words = root.querySelector<HTMLElement>('[role=alert]')!;
    this.button = root.querySelector('button')!;
    this.button.addEventListener('click', () => {
      if (this.secondsLeft === 0) this.retry?.();
    });
  }

  /** Shows what was thrown. `retry` is offered where it may help, after the pause that the service asks for. */
  show(thrown: unknown, retry: () => void): void {
    this.clear();
    const { title, detail, retrySeconds, requestId } = describeFailure(thrown);
    const pause = Math.min(retrySeconds ?? 0, LONGEST_PAUSE_SECONDS);
    const advice = pause > 0 ? ` Try again in ${pause === 1 ? 'a second' : `${pause} seconds`}.` : '';
    this.words.append(make('strong', {}, title), make('p', {}, detail + advice));
    if (requestId !== null) this.words.append(make('p', { className: 'note' }, `Request ${requestId}`));
    if (retrySeconds === null) return;
    this.retry = retry;
    this.button.hidden = false;
    this.secondsLeft = pause;
    this.countDown();
    if (pause > 0) this.timer = window.setInterval(() => this.countDown(1), 1000);
  }

  clear(): void {
    window.clearInterval(this.timer);
    this.retry = null;
    this.words.replaceChildren();
    this.button.hidden = true;
  }

  /** The button keeps the focus while it waits, so it isn't truly disabled. */
  private countDown(seconds = 0): void {
    this.secondsLeft -= seconds;
    const mayTry = this.secondsLeft <= 0;
    if (mayTry) {
      this.secondsLeft = 0;
      window.clearInterval(this.timer);
    }
    this.button.textContent = mayTry ? 'Try again' : `Try again in ${this.secondsLeft} s`;
    this.button.setAttribute('aria-disabled', String(!mayTry));
  }
}
