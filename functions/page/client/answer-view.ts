/**
 * @module functions/page/client/answer-view
 * Shows what the service answered: in one sentence, and as bars.
 */
import type { ClassifyAnswer } from '../../contract/classify.ts';
import { find, make } from './dom.ts';

const status = find('status', HTMLElement);
const list = find('breeds', HTMLOListElement);
const source = find('source', HTMLElement);

/** Says something that is read aloud: a title, and what it means. */
export function say(title: string, meaning = ''): void {
  status.replaceChildren(make('h2', {}, title));
  if (meaning !== '') status.append(make('p', {}, meaning));
}

export function clearAnswer(): void {
  status.replaceChildren();
  list.replaceChildren();
  source.textContent = '';
}

export function showAnswer(answer: ClassifyAnswer): void {
  const { title, meaning } = describeAnswer(answer);
  say(title, meaning);
  list.classList.toggle('unsure', !answer.confident);
  list.replaceChildren(...answer.predictions.map(rowOf));
  const { model, timing } = answer;
  source.textContent = `Model ${model.version} in ${model.precision}, ${Math.ceil(timing.totalMs)} ms`;
}

/** The answer in a few words, and what they mean. */
export function describeAnswer({ reason, predictions, filter }: ClassifyAnswer): {
  title: string;
  meaning: string;
} {
  const { title, meaning } = describeReason(reason, predictions);
  if (filter === undefined) return { title, meaning };
  // Asked for dogs, a cat has a likeliest dog too: this tells.
  const share = `Among all breeds, ${filter.species}s have ${formatShare(filter.share)} together.`;
  return { title, meaning: `${share} ${meaning}` };
}

function describeReason(
  reason: ClassifyAnswer['reason'],
  predictions: ClassifyAnswer['predictions'],
): { title: string; meaning: string } {
  switch (reason) {
    case 'unknown':
      return {
        title: 'None of the breeds it knows',
        meaning:
          'This may be another breed, another animal, or a photograph on which little can be seen. The most similar:',
      };
    case 'ambiguous':
      return { title: 'It can’t decide', meaning: 'No breed stands out. The likeliest:' };
    default:
      return { title: predictions[0]?.name ?? '', meaning: 'The likeliest breeds:' };
  }
}

function rowOf({ name, species, score }: ClassifyAnswer['predictions'][number]): HTMLLIElement {
  const bar = make('div', { className: 'bar' });
  // By way of the object model: an attribute would need a policy with unsafe-inline.
  bar.style.width = `${score * 100}%`;
  const rail = make('div', { className: 'rail' }, bar);
  rail.setAttribute('aria-hidden', 'true');
  const line = make(
    'div',
    { className: 'line' },
    make('span', { className: 'name' }, name),
    ' ',
    make('span', { className: 'species' }, species === 'other' ? '' : species),
    ' ',
    make('span', { className: 'share' }, formatShare(score)),
  );
  return make('li', {}, line, rail);
}

/** A probability in whole percent, never rounded to certainty. */
export function formatShare(score: number): string {
  if (score < 0.01) return 'under 1 %';
  return score > 0.99 ? 'over 99 %' : `${Math.round(score * 100)} %`;
}
