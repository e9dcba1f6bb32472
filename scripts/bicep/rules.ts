/**
 * @module scripts/bicep/rules
 * All rules, and what they find in a variant.
 */
import type { CodeFacts } from './code-facts.ts';
import type { Snapshot } from './resources.ts';
import { ALERT_RULES } from './rules/alerts.ts';
import { EVENT_RULES } from './rules/events.ts';
import { EVERYWHERE_RULES } from './rules/everything.ts';
import { FRONT_DOOR_RULES } from './rules/front-door.ts';
import { FUNCTION_APP_RULES } from './rules/function-app.ts';
import { NETWORK_RULES } from './rules/network.ts';
import { RIGHT_RULES } from './rules/rights.ts';
import type { Rule } from './rules/rule.ts';
import { STORAGE_RULES } from './rules/storage.ts';
import { THRESHOLD_RULES } from './rules/thresholds.ts';
import { TRAINING_RULES } from './rules/training.ts';
import { TURNED_ON_RULES } from './rules/turned-on.ts';
import type { Variant } from './variants.ts';

export const RULES: readonly Rule[] = [
  ...EVERYWHERE_RULES,
  ...STORAGE_RULES,
  ...FUNCTION_APP_RULES,
  ...RIGHT_RULES,
  ...EVENT_RULES,
  ...TRAINING_RULES,
  ...ALERT_RULES,
  ...THRESHOLD_RULES,
  ...NETWORK_RULES,
  ...FRONT_DOOR_RULES,
  ...TURNED_ON_RULES,
];

export const rulesFor = ({ template }: Pick<Variant, 'template'>): Rule[] =>
  RULES.filter((rule) => rule.template === undefined || rule.template === template);

/** What a rule finds in the snapshot of a variant. A snapshot that lacks what the rule looks into is a finding too. */
export function findings(rule: Rule, snapshot: Snapshot, variant: Variant, code: CodeFacts): string[] {
  try {
    return rule.check(snapshot, { code, features: variant.features, env: variant.env });
  } catch (error) {
    return [`the snapshot lacks what is looked for: ${error instanceof Error ? error.message : error}`];
  }
}
