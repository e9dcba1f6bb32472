/**
 * @module training/fine-tune/adamw
 * AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019), which TensorFlow.js lacks, with
 * clipping and a moving average of the weights. On plain arrays: a step over 4 million weights takes a few hundredths of a second
 * beside one of training, and the state is ready to be saved.
 */

export interface Parameter {
  name: string;
  shape: number[];
  /** Changed by each step. */
  values: Float32Array;
  group: 'base' | 'head';
  /** Whether it is pulled towards zero: kernels are, biases are not. */
  decays: boolean;
}

export interface OptimizerState {
  steps: number;
  /** Moving means of the gradient and of its square, by the parameter's name. */
  first: Map<string, Float32Array>;
  second: Map<string, Float32Array>;
  /** Moving average of the weights. */
  average: Map<string, Float32Array>;
}

export interface StepOptions {
  rates: Record<Parameter['group'], number>;
  decay: number;
  /** The largest norm of all gradients together; larger ones are scaled down to it. 0 lets all be. */
  clip: number;
  /** Share of its old value that the moving average of the weights keeps. */
  averageShare: number;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** The state before the first step. */
export function initialState(parameters: readonly Parameter[]): OptimizerState {
  const each = (make: (parameter: Parameter) => Float32Array) =>
    new Map(parameters.map((parameter) => [parameter.name, make(parameter)]));
  return {
    steps: 0,
    first: each(({ values }) => new Float32Array(values.length)),
    second: each(({ values }) => new Float32Array(values.length)),
    average: each(({ values }) => values.slice()),
  };
}

/** The norm of all gradients together. */
export function globalNorm(gradients: ReadonlyMap<string, Float32Array>): number {
  let sum = 0;
  for (const gradient of gradients.values()) {
    for (let i = 0; i < gradient.length; i++) sum += gradient[i]! * gradient[i]!;
  }
  return Math.sqrt(sum);
}

/**
 * Takes one step: changes the parameters and the state. Returns the norm of the gradients before clipping; where
 * that is no finite number nothing is changed.
 */
export function stepAdamW(
  parameters: readonly Parameter[],
  gradients: ReadonlyMap<string, Float32Array>,
  state: OptimizerState,
  { rates, decay, clip, averageShare }: StepOptions,
): number {
  const norm = globalNorm(gradients);
  if (!Number.isFinite(norm)) return norm;
  const scale = clip > 0 && norm > clip ? clip / norm : 1;
  state.steps++;
  // Both means begin at zero; these take that out.
  const firstScale = 1 / (1 - BETA1 ** state.steps);
  const secondScale = 1 / (1 - BETA2 ** state.steps);
  for (const { name, values, group, decays } of parameters) {
    const gradient = gradients.get(name);
    if (!gradient) throw new Error(`There is no gradient of ${name}.`);
    const first = state.first.get(name)!;
    const second = state.second.get(name)!;
    const average = state.average.get(name)!;
    const rate = rates[group];
    const kept = decays ? 1 - rate * decay : 1;
    for (let i = 0; i < values.length; i++) {
      const slope = scale * gradient[i]!;
      first[i] = BETA1 * first[i]! + (1 - BETA1) * slope;
      second[i] = BETA2 * second[i]! + (1 - BETA2) * slope * slope;
      const direction = (firstScale * first[i]!) / (Math.sqrt(secondScale * second[i]!) + EPSILON);
      values[i] = kept * values[i]! - rate * direction;
      average[i] = averageShare * average[i]! + (1 - averageShare) * values[i]!;
    }
  }
  return norm;
}

/**
 * The share of the full learning rate at a step, from 0: rises in equal parts over the first `warmUp` steps, then
 * falls along half a cosine to 0 at the end (Loshchilov and Hutter, "SGDR", 2017).
 */
export function scheduleAt(step: number, { warmUp, total }: { warmUp: number; total: number }): number {
  if (step < warmUp) return (step + 1) / (warmUp + 1);
  const done = (step - warmUp) / Math.max(1, total - warmUp);
  return 0.5 * (1 + Math.cos(Math.PI * Math.min(1, done)));
}
