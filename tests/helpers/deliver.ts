/**
 * @module tests/helpers/deliver
 * A process that handles events as the functions do, and can be killed while it does. It answers each message of
 * its parent, `{step, version, connectionString, aheadMs?, options?}`, by `{outcome}` or `{error}`.
 *
 * `aheadMs` puts its clock forward, past the expiry of receipts that a killed process left.
 */
import { runStep, type StepOptions } from '../../core/lifecycle/run-step.ts';
import { convertStep, registerStep } from '../../core/lifecycle/steps.ts';
import type { StepName } from '../../core/storage/names.ts';
import { openStorage } from '../../core/storage/storage.ts';

export interface Delivery {
  step: StepName;
  version: string;
  connectionString: string;
  aheadMs?: number;
  options?: Pick<StepOptions, 'leaseMs' | 'renewMs' | 'pollMs' | 'waitMs'>;
}

process.on('message', async ({ step, version, connectionString, aheadMs = 0, options }: Delivery) => {
  const storage = openStorage({ MODEL_STORAGE: connectionString });
  const now = () => new Date(Date.now() + aheadMs);
  const settings = { ...options, now };
  try {
    const outcome =
      step === 'convert'
        ? await runStep(storage, convertStep(storage, version), settings)
        : await runStep(storage, registerStep(storage, version, { by: 'register' }), settings);
    process.send!({ outcome: typeof outcome === 'string' ? outcome : outcome.outcome });
  } catch (error) {
    process.send!({ error: String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send!('ready');
