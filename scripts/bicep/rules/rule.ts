/**
 * @module scripts/bicep/rules/rule
 * A rule: what must hold of a snapshot that the compiler does not look at.
 */
import type { CodeFacts } from '../code-facts.ts';
import type { Snapshot } from '../resources.ts';
import type { Features } from '../variants.ts';

export interface Context {
  code: CodeFacts;
  /** What the variant was asked to have. */
  features: Features;
  /** What an operator set: the variables of the parameters file. */
  env: Readonly<Record<string, string>>;
}

export interface Rule {
  name: string;
  /** The template that it is about; without it, each. */
  template?: 'main' | 'events';
  /** What is wrong, in words; nothing where it holds. Reads only. */
  check(snapshot: Snapshot, context: Context): string[];
}
