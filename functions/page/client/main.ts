/**
 * @module functions/page/client/main
 * Takes photographs, however they come, has them named, and shows the answers.
 */
import type { ClassifyAnswer } from '../../contract/classify.ts';
import { clearAnswer, say, showAnswer } from './answer-view.ts';
import { find } from './dom.ts';
import { Failure } from './failure.ts';
import { FailureView } from './failure-view.ts';
import { FeedbackView } from './feedback-view.ts';
import { KeyForm } from './key-form.ts';
import { makeSmaller } from './photograph.ts';
import { API, classify, KeyNeededError } from './service.ts';
import { Several } from './several.ts';
import { onSpeciesChange, speciesAsked } from './species.ts';
import { takePhotographs } from './take.ts';

const picture = find('picture', HTMLImageElement);
const keyForm = new KeyForm();
const failures = new FailureView(find('failure', HTMLElement));
const feedback = new FeedbackView(keyForm);
const several = new Several({ keyForm, open: (answer, photograph) => void openOne(answer, photograph) });
const status = find('status', HTMLElement);

/** Ends what was asked before, so that a late answer to an earlier photograph isn't shown. */
let current = new AbortController();
/** What is asked about anew when another species is chosen. */
let files: File[] = [];

find('docs', HTMLAnchorElement).href = `${API}docs`;
takePhotographs({ onFiles: (taken) => begin(taken), onNothing: (from) => refuse(from) });
onSpeciesChange(() => begin(files));

function begin(taken: File[]): void {
  files = taken;
  const [file, ...others] = taken;
  if (file === undefined) return;
  const signal = startOver();
  if (others.length > 0) void attempt(signal, () => several.look(taken, signal));
  else void attempt(signal, () => lookAt(file, signal));
}

async function lookAt(file: File, signal: AbortSignal): Promise<void> {
  say('Opening the photograph …');
  const photograph = await makeSmaller(file);
  signal.throwIfAborted();
  await showPicture(photograph);
  await attempt(signal, () => ask(photograph, signal));
}

function refuse(from: 'drop' | 'paste'): void {
  files = [];
  startOver();
  failures.show(new Failure({ kind: 'no-file', from }), () => {});
}

/** The key may be asked for and the service be busy: then the same is attempted again, with the photograph as it is. */
async function ask(photograph: Blob, signal: AbortSignal): Promise<void> {
  say('Looking at the photograph …');
  const answer = await classify(photograph, { species: speciesAsked(), signal });
  showAnswer(answer);
  feedback.offer({ answer, photograph });
}

/** Shows one of several. A keyboard goes on from its answer, where it can be corrected. */
async function openOne(answer: ClassifyAnswer, photograph: Blob): Promise<void> {
  const { signal } = current;
  await showPicture(photograph);
  if (signal.aborted) return;
  document.body.classList.remove('busy');
  failures.clear();
  showAnswer(answer);
  feedback.offer({ answer, photograph });
  status.focus();
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
  several.clear();
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
