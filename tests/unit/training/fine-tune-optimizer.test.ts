import {
  globalNorm,
  initialState,
  type Parameter,
  scheduleAt,
  stepAdamW,
} from '../../../training/fine-tune/adamw.ts';

const OPTIONS = { rates: { base: 0.1, head: 0.5 }, decay: 0, clip: 1e9, averageShare: 0.9 };

function aParameter(values: number[], options: Partial<Parameter> = {}): Parameter {
  return {
    name: 'weight',
    shape: [values.length],
    values: Float32Array.from(values),
    group: 'base',
    decays: true,
    ...options,
  };
}

const gradientsOf = (...values: number[]) => new Map([['weight', Float32Array.from(values)]]);

describe('AdamW', () => {
  it('takes a first step of the learning rate against the sign of each gradient', () => {
    const parameter = aParameter([1, 1, 1]);
    stepAdamW([parameter], gradientsOf(3, -0.01, 0), initialState([parameter]), OPTIONS);
    expect(parameter.values[0]).toBeCloseTo(0.9, 5);
    expect(parameter.values[1]).toBeCloseTo(1.1, 5);
    expect(parameter.values[2]).toBe(1);
  });

  // Computed with PyTorch's formula: m = .9 m + .1 g, v = .999 v + .001 g², both over 1 - beta^t.
  it('weighs the gradients of earlier steps', () => {
    const parameter = aParameter([1]);
    const state = initialState([parameter]);
    let [m, v, expected] = [0, 0, 1];
    for (const [i, g] of [2, -1, 0.5].entries()) {
      stepAdamW([parameter], gradientsOf(g), state, OPTIONS);
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      expected -= (0.1 * (m / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 1e-8);
    }
    expect(parameter.values[0]).toBeCloseTo(expected, 5);
    expect(state.steps).toBe(3);
  });

  it('decays kernels by rate times decay, and biases not at all', () => {
    const kernel = aParameter([2]);
    const bias = aParameter([2], { name: 'bias', decays: false });
    const gradients = new Map([...gradientsOf(0), ['bias', Float32Array.of(0)] as const]);
    stepAdamW([kernel, bias], gradients, initialState([kernel, bias]), { ...OPTIONS, decay: 0.5 });
    expect(kernel.values[0]).toBeCloseTo(2 * (1 - 0.1 * 0.5), 6);
    expect(bias.values[0]).toBe(2);
  });

  it('takes the rate of the group', () => {
    const parameter = aParameter([0], { group: 'head' });
    stepAdamW([parameter], gradientsOf(1), initialState([parameter]), OPTIONS);
    expect(parameter.values[0]).toBeCloseTo(-0.5, 5);
  });

  it('scales all gradients down together when their norm is over the limit, and gives the norm', () => {
    const parameter = aParameter([0, 0]);
    const state = initialState([parameter]);
    expect(stepAdamW([parameter], gradientsOf(30, 40), state, { ...OPTIONS, clip: 5 })).toBe(50);
    expect([...state.first.get('weight')!].map((value) => +value.toFixed(5))).toEqual([0.3, 0.4]);
    expect(globalNorm(gradientsOf(3, 4))).toBe(5);
    const free = initialState([parameter]);
    stepAdamW([parameter], gradientsOf(30, 40), free, { ...OPTIONS, clip: 0 });
    expect(+free.first.get('weight')![0]!.toFixed(5)).toBe(3);
  });

  it('keeps a moving average of the weights, from those before the first step', () => {
    const parameter = aParameter([1]);
    const state = initialState([parameter]);
    stepAdamW([parameter], gradientsOf(1), state, OPTIONS);
    expect(state.average.get('weight')![0]).toBeCloseTo(0.9 * 1 + 0.1 * 0.9, 5);
  });

  it('changes nothing where a gradient is not a number', () => {
    const parameter = aParameter([1, 1]);
    const state = initialState([parameter]);
    expect(stepAdamW([parameter], gradientsOf(Number.NaN, 1), state, OPTIONS)).toBeNaN();
    expect([...parameter.values, state.steps]).toEqual([1, 1, 0]);
  });
});

test('the learning rate rises over the warm-up, and falls along a cosine to nearly nothing', () => {
  const at = (step: number) => scheduleAt(step, { warmUp: 4, total: 20 });
  expect([0, 1, 2, 3].map(at)).toEqual([0.2, 0.4, 0.6, 0.8]);
  expect(at(4)).toBe(1);
  expect(at(12)).toBeCloseTo(0.5, 10);
  expect(at(19)).toBeLessThan(0.02);
  expect(at(19)).toBeGreaterThan(0);
});
