/**
 * @module training/head/lbfgs
 * Minimises a smooth convex function by L-BFGS (Nocedal & Wright, "Numerical Optimization", 2nd edition,
 * algorithms 7.4 and 7.5). For a softmax regression it beats any schedule of a stochastic method: no learning
 * rate, no shuffling, and it knows when it is done.
 */
import { setImmediate } from 'node:timers/promises';

/** Pairs of steps and changes of the gradient that are remembered. */
const MEMORY = 10;
/** A step must lower the value by this share of what the slope promises (Armijo's condition). */
const SUFFICIENT = 1e-4;
const MOST_HALVINGS = 10;
/** A step that lowers the value by a smaller share than this is lost in the rounding of sums of 24-bit numbers. */
const NOISE = 1e-6;

export interface Evaluation {
  value: number;
  gradient: Float32Array;
}

export interface Progress {
  step: number;
  value: number;
  /** Largest absolute component of the gradient. */
  slope: number;
  point: Float32Array;
}

/**
 * The point that minimises `evaluate`, from `start`, until no component of the gradient exceeds `tolerance`,
 * steps gain nothing more, or after `maxSteps`. Between steps it lets the event loop turn, so that a signal is heard. Throws the error
 * of `evaluate`.
 */
export async function minimise(
  evaluate: (at: Float32Array) => Evaluation,
  start: Float32Array,
  {
    tolerance,
    maxSteps,
    onStep,
  }: { tolerance: number; maxSteps: number; onStep?: (progress: Progress) => void },
): Promise<Float32Array> {
  let point = start;
  let current = evaluate(point);
  const steps: Float32Array[] = [];
  const changes: Float32Array[] = [];
  for (let step = 1; step <= maxSteps; step++) {
    const slope = largestAbsolute(current.gradient);
    await setImmediate();
    onStep?.({ step: step - 1, value: current.value, slope, point });
    if (slope <= tolerance) return point;
    const direction = descentDirection(current.gradient, steps, changes);
    const descent = dot(direction, current.gradient);
    // The first direction is the gradient itself, of no known scale: start with a step of length 1.
    let rate = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(-descent)) : 1;
    let next = moved(point, direction, rate);
    let reached = evaluate(next);
    for (let i = 0; reached.value > current.value + SUFFICIENT * rate * descent; i++) {
      // Nothing lower can be told from here: this is the minimum.
      if (i === MOST_HALVINGS) return point;
      rate /= 2;
      next = moved(point, direction, rate);
      reached = evaluate(next);
    }
    const change = reached.gradient.map((value, i) => value - current.gradient[i]!);
    const taken = next.map((value, i) => value - point[i]!);
    // Positive curvature keeps the approximation of the Hessian positive definite.
    if (dot(taken, change) > 0) {
      steps.push(taken);
      changes.push(change);
      if (steps.length > MEMORY) {
        steps.shift();
        changes.shift();
      }
    }
    const gained = current.value - reached.value;
    point = next;
    current = reached;
    if (gained <= NOISE * Math.abs(current.value)) return point;
  }
  return point;
}

/** Minus the approximated inverse Hessian times the gradient (the two-loop recursion). */
function descentDirection(
  gradient: Float32Array,
  steps: Float32Array[],
  changes: Float32Array[],
): Float32Array {
  const direction = gradient.map((value) => -value);
  const weights: number[] = [];
  for (let i = steps.length - 1; i >= 0; i--) {
    weights[i] = dot(steps[i]!, direction) / dot(steps[i]!, changes[i]!);
    addScaled(direction, changes[i]!, -weights[i]!);
  }
  const last = steps.length - 1;
  if (last >= 0) {
    const scale = dot(steps[last]!, changes[last]!) / dot(changes[last]!, changes[last]!);
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (let i = 0; i < steps.length; i++) {
    const weight = dot(changes[i]!, direction) / dot(steps[i]!, changes[i]!);
    addScaled(direction, steps[i]!, weights[i]! - weight);
  }
  return direction;
}

function moved(point: Float32Array, direction: Float32Array, rate: number): Float32Array {
  return point.map((value, i) => value + rate * direction[i]!);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(target: Float32Array, vector: Float32Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += scale * vector[i]!;
}

function largestAbsolute(vector: Float32Array): number {
  let largest = 0;
  for (const value of vector) largest = Math.max(largest, Math.abs(value));
  return largest;
}
