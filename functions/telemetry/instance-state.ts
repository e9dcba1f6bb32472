/**
 * @module functions/telemetry/instance-state
 * What the services of this process are doing.
 */
import { type Services, services } from '../services.ts';
import type { InstanceState } from './instance-gauges.ts';

/** Room for work and models in memory, now. Undefined while a wrong setting keeps the services from being made. */
export function readInstanceState(): InstanceState | undefined {
  const made = servicesIfAny();
  if (made === undefined) return undefined;
  const { slots, models } = made;
  const loaded = [
    { role: 'production', model: models.production.model },
    { role: 'canary', model: models.canary.model },
    { role: 'shadow', model: models.shadow.model },
  ] as const;
  return {
    slots: slots.state,
    models: loaded.flatMap(({ role, model }) =>
      model === undefined ? [] : [{ role, version: model.manifest.version, precision: model.precision }],
    ),
  };
}

function servicesIfAny(): Services | undefined {
  try {
    return services();
  } catch {
    // A request is answered with the name of the setting.
    return undefined;
  }
}
