/** The thresholds of the gates, as they are read from the environment. */
import { parseConfig, parseGateConfig } from '../../../../core/config.ts';

describe('the thresholds', () => {
  it('have defaults by which a model of 37 breeds passes and a network from scratch does not', () => {
    expect(parseGateConfig({})).toEqual({
      GATE_MIN_TOP1: 0.75,
      GATE_MIN_TOP3: 0.92,
      GATE_MIN_BREED_RECALL: 0.5,
      GATE_MIN_PICTURES: 1,
      GATE_MIN_AGREEMENT: 0.98,
      GATE_MAX_INT8_LOSS: 0.01,
      GATE_MAX_LOSS: 0.01,
      GATE_MIN_SHARED_PICTURES: 100,
      GATE_MAX_ECE: 0.03,
      GATE_MAX_LATENCY_RATIO: 1.5,
      GATE_MAX_MEGABYTES: 100,
      GATE_LABELS: 'same',
    });
  });

  it('are read from the environment with the others', () => {
    const env = { MODEL_STORAGE: 'UseDevelopmentStorage=true', GATE_MIN_TOP1: '.6', GATE_LABELS: 'any' };
    expect(parseConfig(env)).toMatchObject({ GATE_MIN_TOP1: 0.6, GATE_LABELS: 'any', GATE_MIN_TOP3: 0.92 });
  });

  // An empty number would be 0, and the floor gone.
  it.each([
    ['GATE_MIN_TOP1', '75', /GATE_MIN_TOP1: write a share from 0 to 1/],
    ['GATE_MIN_TOP1', ' ', /GATE_MIN_TOP1: write a plain number/],
    ['GATE_MIN_TOP3', '-1', /GATE_MIN_TOP3: write a plain number/],
    ['GATE_MAX_ECE', 'none', /GATE_MAX_ECE/],
    ['GATE_MIN_PICTURES', '0', /GATE_MIN_PICTURES/],
    ['GATE_LABELS', 'none', /GATE_LABELS/],
  ])('%s=%j is refused by name', (name, value, message) => {
    expect(() => parseGateConfig({ [name]: value })).toThrow(message);
  });
});
