/**
 * @module functions/telemetry/instance-gauges
 * Figures that are read when somebody asks: room for work, models in memory, and what the process takes of the machine.
 */
import type { Meter } from '@opentelemetry/api';

/** What only this moment knows. */
export interface InstanceState {
  slots: { inUse: number; capacity: number; queued: number };
  /** Models in memory that answer, and as what. */
  models: { role: 'production' | 'canary' | 'shadow'; version: string; precision: string }[];
}

/** Undefined while the services can't be made: a setting is wrong. */
export type ReadState = () => InstanceState | undefined;

/** Registers the gauges with a meter. */
export function observeInstance(meter: Meter, readState: ReadState): void {
  observeSlots(meter, readState);
  meter
    .createObservableGauge('pawprint_model_info', { description: 'Models in memory, and what they answer' })
    .addCallback((result) => {
      for (const { role, version, precision } of readState()?.models ?? []) {
        result.observe(1, { role, version, precision });
      }
    });
  observeProcess(meter);
}

function observeSlots(meter: Meter, readState: ReadState): void {
  const gauge = (name: string, description: string, key: keyof InstanceState['slots']) =>
    meter.createObservableGauge(name, { description }).addCallback((result) => {
      const state = readState();
      if (state !== undefined) result.observe(state.slots[key]);
    });
  gauge('pawprint_slots_in_use', 'Photographs in work', 'inUse');
  gauge('pawprint_slots', 'Photographs that may be in work at once', 'capacity');
  gauge('pawprint_queue_length', 'Requests that wait for their turn', 'queued');
}

/** By the names that other Node.js services have. */
function observeProcess(meter: Meter): void {
  const gauge = (name: string, description: string, read: () => number) =>
    meter.createObservableGauge(name, { description }).addCallback((result) => result.observe(read()));
  gauge('process_resident_memory_bytes', 'Memory that the process has', () => process.memoryUsage.rss());
  gauge('nodejs_heap_size_used_bytes', 'Of it, objects of JavaScript', () => process.memoryUsage().heapUsed);
  gauge('nodejs_external_memory_bytes', 'Of it, bytes that objects of JavaScript hold', () => {
    return process.memoryUsage().external;
  });
  gauge('process_start_time_seconds', 'When the process began, since 1970', () => {
    return performance.timeOrigin / 1000;
  });
  meter
    .createObservableCounter('process_cpu_seconds_total', {
      description: 'Time of processors, in all threads',
    })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe((user + system) / 1e6);
    });
}
