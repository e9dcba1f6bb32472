/**
 * @module core/onnx/layer-order
 * The order in which the layers of a graph can be computed.
 */
import { InvalidModelError } from '../errors.ts';

const LISTED = 8;

/**
 * The layers that `output` needs, each after the ones that feed it. `inputsOf` gives the names of those that feed a layer, and
 * throws for one that isn't there. Depth first with a stack of its own: a chain may be longer than calls can be nested.
 *
 * @throws {InvalidModelError} for a circle
 */
export function orderLayers(
  output: string,
  inputsOf: (name: string, reader: string | undefined) => readonly string[],
): string[] {
  const done = new Set<string>();
  const path = new Map([[output, { inputs: inputsOf(output, undefined), next: 0 }]]);
  const stack = [output];
  while (stack.length > 0) {
    const name = stack.at(-1)!;
    const step = path.get(name)!;
    const input = step.inputs[step.next++];
    if (input === undefined) {
      done.add(name);
      path.delete(name);
      stack.pop();
    } else if (path.has(input)) {
      throw circle(stack.slice(stack.indexOf(input)));
    } else if (!done.has(input)) {
      path.set(input, { inputs: inputsOf(input, name), next: 0 });
      stack.push(input);
    }
  }
  return [...done];
}

function circle(names: readonly string[]): InvalidModelError {
  const listed = names.length > LISTED ? [...names.slice(0, LISTED), '…'] : names;
  return new InvalidModelError(`The layers ${[...listed, names[0]].join(' <- ')} form a circle.`);
}
