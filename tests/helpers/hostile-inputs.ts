/**
 * @module tests/helpers/hostile-inputs
 * Everything odd and hostile that is sent to classify: the number of them is what the test prints, the same each time.
 */
import { brokenForms, brokenJson } from './hostile-bodies.ts';
import { hostileAnimations, hostileContainers } from './hostile-containers.ts';
import { hostileJpegs } from './hostile-jpegs.ts';
import { truncations } from './hostile-mutations.ts';
import { hostilePngs } from './hostile-pngs.ts';
import { wrongTypes } from './hostile-types.ts';

export interface HostileInput {
  name: string;
  body: Uint8Array;
  /** Content-Type; image/jpeg where it isn't given, whatever it is. */
  type?: string;
  headers?: Record<string, string>;
  /** With its question mark. */
  query?: string;
  /** What it must be answered with; where it isn't given, any answer is right that the contract has and is no 5xx. */
  status?: number;
}

/** All of them; each has a name of its own. */
export async function hostileInputs(): Promise<HostileInput[]> {
  const inputs = [
    ...(await truncations()),
    ...(await hostileJpegs()),
    ...(await hostilePngs()),
    ...(await hostileAnimations()),
    ...(await hostileContainers()),
    ...(await wrongTypes()),
    ...(await brokenForms()),
    ...(await brokenJson()),
  ];
  const names = new Set(inputs.map(({ name }) => name));
  if (names.size !== inputs.length) throw new Error('Two inputs have the same name.');
  return inputs;
}
