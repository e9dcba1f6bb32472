import { describeSettings, readSettings } from '../../../training/read-settings.ts';
import { SECTIONS } from '../../../training/settings.ts';

const read = (words: string[], env: Record<string, string> = {}) => readSettings(words, env).settings;

describe('readSettings', () => {
  it('takes the default, over it the environment, over that the command line', () => {
    expect(read([]).seed).toBe(1);
    expect(read([], { TRAIN_SEED: '2' }).seed).toBe(2);
    expect(read(['--seed', '3'], { TRAIN_SEED: '2' }).seed).toBe(3);
  });

  it('reads keys of several words in kebab case and upper snake case', () => {
    expect(read(['--evaluation-share', '0.3']).evaluationShare).toBe(0.3);
    expect(read([], { TRAIN_EVALUATION_SHARE: '0.4' }).evaluationShare).toBe(0.4);
  });

  it('takes a flag alone, with a value, and --key=value', () => {
    expect(read(['--push', '--seed=5'])).toMatchObject({ push: true, seed: 5 });
    expect(read(['--push', 'false']).push).toBe(false);
    expect(read(['--data=a=b']).data).toBe('a=b');
  });

  it('names the nearest setting for an unknown one', () => {
    expect(() => read(['--sede', '1'])).toThrow('There is no setting --sede. Did you mean --seed?');
    expect(() => read(['--crop', '1'])).toThrow('--crops');
  });

  it.each([
    [['--seed', '1.5'], 'a whole number'],
    [['--seed', 'x'], 'a whole number'],
    [['--evaluation-share', '0.95'], 'a number from 0.01 to 0.9'],
    [['--engine', 'gpu'], 'one of auto, node, wasm, cpu'],
    [['--push', 'maybe'], 'true or false'],
    [['--seed'], '--seed needs a value'],
    [['photographs'], 'is not a setting'],
  ])('refuses %j', (words, message) => {
    expect(() => read(words)).toThrow(message);
  });

  it('checks the type of a value from the environment, and names the variable', () => {
    expect(() => read([], { TRAIN_SEED: 'x' })).toThrow('TRAIN_SEED is "x"');
  });

  it('tells of TRAIN_ variables that set nothing', () => {
    expect(readSettings([], { TRAIN_SEDE: '1', OTHER: '2' }).unknown).toEqual(['TRAIN_SEDE']);
  });
});

test('--help lists every setting', () => {
  const text = describeSettings();
  const keys = Object.values(SECTIONS).flatMap((section) => Object.keys(section));
  for (const key of keys) expect(text).toContain(`--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} `);
});
