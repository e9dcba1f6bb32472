/**
 * @module training/evaluate/calibration
 * How far scores can be believed: temperature, expected calibration error, and where an answer decides nothing.
 */
import { softmax } from '../../core/inference/scores.ts';
import { bestOf, rowOf, type Scored } from './ranks.ts';

const HOTTEST = 20;

/**
 * The temperature that gives `scored` the smallest negative log-likelihood (Guo et al., "On Calibration of
 * Modern Neural Networks", 2017), between 1/20 and 20. The likelihood has one maximum in 1/T; golden-section
 * search over log T finds it.
 */
export function fitTemperature(scored: Scored): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [-Math.log(HOTTEST), Math.log(HOTTEST)];
  const at = (logTemperature: number) => negativeLogLikelihood(scored, Math.exp(logTemperature));
  let [left, right] = [high - golden * (high - low), low + golden * (high - low)];
  let [atLeft, atRight] = [at(left), at(right)];
  while (high - low > 1e-4) {
    if (atLeft < atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - golden * (high - low);
      atLeft = at(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + golden * (high - low);
      atRight = at(right);
    }
  }
  return Math.exp((low + high) / 2);
}

/** Mean of -log p(truth) at a temperature. */
export function negativeLogLikelihood(scored: Scored, temperature: number): number {
  let sum = 0;
  for (const [row, label] of scored.labels.entries()) {
    const logits = rowOf(scored, row);
    let largest = Number.NEGATIVE_INFINITY;
    for (const logit of logits) largest = Math.max(largest, logit);
    let total = 0;
    for (const logit of logits) total += Math.exp((logit - largest) / temperature);
    sum += Math.log(total) - (logits[label]! - largest) / temperature;
  }
  return sum / scored.labels.length;
}

export interface Answer {
  /** The largest calibrated score. */
  score: number;
  right: boolean;
}

/** The best answer to each picture at a temperature. */
export function answersOf(scored: Scored, temperature: number): Answer[] {
  return Array.from(scored.labels, (label, row) => {
    const probabilities = softmax(rowOf(scored, row), temperature);
    const best = bestOf(probabilities);
    return { score: probabilities[best]!, right: best === label };
  });
}

/**
 * Expected calibration error: over bins of equal width, the mean gap between score and accuracy, weighted by the
 * answers in the bin (Naeini et al., 2015). A perfect model shows 2.7 % on 592 pictures by chance.
 */
export function expectedCalibrationError(answers: readonly Answer[], bins = 15): number {
  const sums = Array.from({ length: bins }, () => ({ score: 0, right: 0 }));
  for (const { score, right } of answers) {
    const bin = sums[Math.min(bins - 1, Math.floor(score * bins))]!;
    bin.score += score;
    bin.right += right ? 1 : 0;
  }
  return sums.reduce((error, { score, right }) => error + Math.abs(score - right), 0) / answers.length;
}

/** Weight, in answers, of the belief that scores are probabilities, against which the fit has to hold. */
const PRIOR = 5;

/**
 * The score under which the best answer is wrong more often than not: there no breed stands out, and three
 * breeds say more than one.
 *
 * How often an answer is right is fitted as a logistic function of the score's own log-odds z, 1 / (1 + exp(-(a z +
 * b))), and the result is the score at which that is one half. Perfectly calibrated scores have a = 1 and b = 0,
 * so .5; that is also the prior, which keeps the fit finite where all answers are right. Two numbers for all
 * answers: isotonic regression, which needs no form, moved by .1 with the last digits of the weights, since few
 * answers have scores near .5.
 */
export function fitAmbiguousBelow(answers: readonly Answer[]): number {
  const logOdds = ({ score }: Answer) => {
    const inside = Math.min(1 - 1e-6, Math.max(1e-6, score));
    return Math.log(inside / (1 - inside));
  };
  let [a, b] = [1, 0];
  // Newton's method; the penalised likelihood is strictly concave and a dozen steps are plenty.
  for (let step = 0; step < 25; step++) {
    let [gradientA, gradientB] = [PRIOR * (1 - a), -PRIOR * b];
    let [aa, ab, bb] = [PRIOR, 0, PRIOR];
    for (const answer of answers) {
      const z = logOdds(answer);
      const expected = 1 / (1 + Math.exp(-(a * z + b)));
      const surprise = (answer.right ? 1 : 0) - expected;
      const weight = expected * (1 - expected);
      gradientA += surprise * z;
      gradientB += surprise;
      aa += weight * z * z;
      ab += weight * z;
      bb += weight;
    }
    const determinant = aa * bb - ab * ab;
    a += (bb * gradientA - ab * gradientB) / determinant;
    b += (aa * gradientB - ab * gradientA) / determinant;
  }
  // Answers that get worse as the score rises: the scores tell nothing, and one half is as good as any.
  if (!(a > 0)) return 0.5;
  return 1 / (1 + Math.exp(b / a));
}
