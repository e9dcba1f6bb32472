/**
 * @module functions/page/client/several
 * Several photographs at once: asked about one after the other, so that a phone holds few of them open and the service
 * isn't flooded. One that fails costs no other its answer.
 */
import type { ClassifyAnswer } from '../../contract/classify.ts';
import { say } from './answer-view.ts';
import { describeFailure, Failure } from './failure.ts';
import type { KeyForm } from './key-form.ts';
import { makeSmaller } from './photograph.ts';
import { PictureList, type PictureRow } from './picture-list.ts';
import { classify, KeyNeededError } from './service.ts';
import { speciesAsked } from './species.ts';

/** As many as the service takes in a request, and as people take in. */
export const MOST_AT_ONCE = 16;
/** A service that is busy is asked so often for a photograph, each time after the pause that it asks for. */
const ATTEMPTS = 3;
const LONGEST_PAUSE_SECONDS = 30;

export interface SeveralOptions {
  keyForm: KeyForm;
  /** Shows one of the answers with all that belongs to it. */
  open(answer: ClassifyAnswer, photograph: Blob): void;
}

export class Several {
  private readonly list = new PictureList();
  private readonly options: SeveralOptions;
  /** One is being looked at closer: how the others go is said no more. */
  private isOneOpen = false;

  constructor(options: SeveralOptions) {
    this.options = options;
  }

  clear(): void {
    this.list.clear();
  }

  /** Looks at the files, and says how many had an answer. `signal` ends it, and nothing is shown any more. */
  async look(files: readonly File[], signal: AbortSignal): Promise<void> {
    this.isOneOpen = false;
    const taken = files.slice(0, MOST_AT_ONCE);
    const rows = taken.map((file) => ({ file, row: this.list.add(file.name) }));
    let answered = 0;
    const count = () => {
      answered++;
    };
    for (const [index, { file, row }] of rows.entries()) {
      if (!this.isOneOpen) say(`Looking at ${index + 1} of ${rows.length} …`);
      await this.lookAt(file, row, { signal, onAnswer: count });
    }
    if (this.isOneOpen) return;
    const left = files.length - taken.length;
    const note = left === 0 ? '' : ` ${MOST_AT_ONCE} are looked at in one go: ${left} were left out.`;
    if (answered === 0) return say('No photograph has an answer', `Each says why.${note}`);
    const all = answered === rows.length ? `${answered}` : `${answered} of ${rows.length}`;
    say(`${all} photographs`, `Choose one below to see more of it, and to say what is wrong.${note}`);
  }

  /** Throws only the reason of `signal`: what went wrong with the photograph is in its row. */
  private async lookAt(
    file: File,
    row: PictureRow,
    { signal, onAnswer }: { signal: AbortSignal; onAnswer: () => void },
  ): Promise<void> {
    row.say('Looking …');
    try {
      const photograph = await makeSmaller(file);
      signal.throwIfAborted();
      await this.list.showPicture(row, photograph);
      const answer = await this.ask(photograph, signal);
      row.showAnswer(answer, () => {
        this.isOneOpen = true;
        this.options.open(answer, photograph);
      });
      onAnswer();
    } catch (error) {
      signal.throwIfAborted();
      row.fail(error, () => void this.lookAt(file, row, { signal, onAnswer }).catch(() => {}));
    }
  }

  private async ask(photograph: Blob, signal: AbortSignal): Promise<ClassifyAnswer> {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await classify(photograph, { species: speciesAsked(), signal });
        signal.throwIfAborted();
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof KeyNeededError) {
          say('This service asks for a key');
          await new Promise<void>((resolve) => this.options.keyForm.ask(error, resolve));
          say('Looking again …');
          continue;
        }
        const seconds = pauseFor(error);
        if (seconds === null || seconds > LONGEST_PAUSE_SECONDS || attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        signal.throwIfAborted();
      }
    }
  }
}

/** Seconds after which a busy service may be asked again; null for what waiting doesn't help. */
function pauseFor(error: unknown): number | null {
  const isBusy =
    error instanceof Failure && error.what.kind === 'refused' && [429, 503].includes(error.what.status);
  return isBusy ? describeFailure(error).retrySeconds : null;
}
