import { describeDevice, requireDevice } from '../../../../training/container/device.ts';
import type { JobFailure } from '../../../../training/container/outcome.ts';
import { requireTrained } from '../../../../training/container/run-training.ts';

const gpu = {
  description: 'engine: node (TensorFlow 2.20.0, GPU)',
  isGpu: true,
  fault: null,
  cards: 'Tesla T4, 15360 MiB, 550.54',
};
const cpu = { ...gpu, description: 'engine: node (TensorFlow 2.20.0, CPU)', isGpu: false, cards: null };
const outcomeOf = (call: () => void) => {
  try {
    call();
    return 'passes';
  } catch (error) {
    return (error as JobFailure).outcome;
  }
};

it('says what is trained on', () => {
  expect(describeDevice(gpu)).toBe(
    'device: GPU (node (TensorFlow 2.20.0, GPU); driver: Tesla T4, 15360 MiB, 550.54)',
  );
  expect(describeDevice(cpu)).toBe('device: CPU (node (TensorFlow 2.20.0, CPU))');
});

it('takes what was asked for, and fails for a GPU that is not seen or does not compute', () => {
  expect(outcomeOf(() => requireDevice('gpu', gpu))).toBe('passes');
  expect(outcomeOf(() => requireDevice('auto', cpu))).toBe('passes');
  expect(outcomeOf(() => requireDevice('gpu', cpu))).toBe('no-gpu');
  expect(outcomeOf(() => requireDevice('gpu', { ...gpu, fault: 'cuDNN' }))).toBe('no-gpu');
  expect(outcomeOf(() => requireDevice('cpu', { ...cpu, fault: 'no engine' }))).toBe('settings');
});

it('names one cause: the driver where there is none, else the library', () => {
  const message = (report: typeof gpu | typeof cpu) => {
    try {
      requireDevice('gpu', report);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  // What the engine says without a driver follows from that.
  const bare = message({ ...cpu, fault: 'The engine ended.' } as never);
  expect(bare).toContain('there is no NVIDIA driver in this container. Give the job');
  expect(bare).not.toContain('The engine ended');
  const blind = message({ ...cpu, fault: 'libcudnn.so.9 is missing.', cards: 'Tesla T4' } as never);
  expect(blind).toContain('libcudnn.so.9 is missing. The driver lists Tesla T4');
  expect(blind).toContain('TF_CPP_MIN_LOG_LEVEL=0');
  for (const text of [bare, blind]) expect(text).not.toContain('..');
});

test.each([
  [{ code: 2, phase: 'settings' }, 'settings'],
  [{ code: 2, phase: 'data' }, 'data'],
  [{ code: 2, phase: 'training' }, 'training'],
  [{ code: 1, phase: 'training' }, 'training'],
  // A crash before anything was trained is nobody's setting.
  [{ code: 1, phase: 'settings' }, 'fault'],
  [{ code: null, signal: 'SIGABRT', phase: 'training' }, 'training'],
  [{ code: null, signal: 'SIGKILL', phase: 'data' }, 'training'],
  [{ code: 0, phase: 'training' }, 'passes'],
] as const)('an end of %j is %s', (end, outcome) => {
  const whole = { signal: null, resumed: false, lastError: '', ...end };
  expect(outcomeOf(() => requireTrained(whole))).toBe(outcome);
});
