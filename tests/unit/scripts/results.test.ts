/** What is said of a run of the tests, from the JSON that Jest writes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/paths.ts';
import { describeFailures, mergeAgain, resultsOf, summarize } from '../../../scripts/test/results.ts';

type Case = [name: string, status: 'passed' | 'failed' | 'pending'];

/** Jest's own form: one entry for each file, without cases where it can't be loaded. */
function jestOf(files: Record<string, Case[]>, seconds: Record<string, number> = {}) {
  const cases = Object.values(files).flat();
  const count = (wanted: string) => cases.filter(([, status]) => status === wanted).length;
  const isBad = (own: Case[]) => own.length === 0 || own.some(([, status]) => status === 'failed');
  return {
    success: !Object.values(files).some(isBad),
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending'),
    numRuntimeErrorTestSuites: Object.values(files).filter(({ length }) => length === 0).length,
    testResults: Object.entries(files).map(([file, own]) => ({
      name: join(ROOT, file),
      status: isBad(own) ? 'failed' : 'passed',
      startTime: 1000,
      endTime: 1000 + 1000 * (seconds[file] ?? 1),
      message: own.length === 0 ? "Cannot find module 'x'" : '',
      assertionResults: own.map(([fullName, status]) => ({
        fullName,
        status,
        failureMessages:
          status === 'failed' ? [`\u001b[31mError: ${fullName} is wrong\u001b[39m\n    at here`] : [],
      })),
    })),
  };
}

describe('a run in which all passed', () => {
  const results = resultsOf(jestOf({ 'tests/a.test.ts': [['a works', 'passed']] }));

  it('is told by its counts alone', () => {
    expect(describeFailures(results)).toEqual([]);
    expect(summarize(results)).toEqual(['1 passed, 0 failed']);
    expect(results.success).toBe(true);
  });
});

it('the files that took longest are named, longest first', () => {
  const names = Array.from({ length: 10 }, (_, i) => `tests/${i}.test.ts`);
  const files = Object.fromEntries(names.map((name) => [name, [['works', 'passed'] as Case]]));
  const seconds = Object.fromEntries(names.map((name, i) => [name, 5 + i]));
  expect(summarize(resultsOf(jestOf(files, seconds)))).toEqual([
    `took longest: ${[9, 8, 7, 6, 5].map((i) => `tests/${i}.test.ts ${5 + i} s`).join(', ')}`,
    '10 passed, 0 failed',
  ]);
});

describe('a run with failures', () => {
  const results = resultsOf(
    jestOf({
      'tests/a.test.ts': [
        ['a works', 'passed'],
        ['a stays', 'failed'],
        ['a waits', 'pending'],
      ],
      'tests/b.test.ts': [],
    }),
  );

  it('names each with the first lines of what was wrong, without colours', () => {
    expect(describeFailures(results)).toEqual([
      'Failed:',
      '  tests/a.test.ts: a stays',
      '    Error: a stays is wrong',
      '        at here',
      '  tests/b.test.ts (not loaded)',
      "    Cannot find module 'x'",
    ]);
  });

  it('counts a file that was not loaded as failed, and ends with the counts', () => {
    expect(summarize(results)).toEqual(['1 skipped: see above for what they need', '1 passed, 2 failed']);
  });

  it('that pass alone are named and count as passed', () => {
    const again = resultsOf(
      jestOf({
        'tests/a.test.ts': [
          ['a works', 'passed'],
          ['a stays', 'passed'],
        ],
        'tests/b.test.ts': [],
      }),
    );
    const merged = mergeAgain(results, again);
    expect(merged.success).toBe(false);
    expect(summarize(merged)).toEqual([
      'failed beside other tests, passed alone: tests/a.test.ts: a stays',
      '1 skipped: see above for what they need',
      '2 passed, 1 failed',
    ]);
  });

  it('that fail alone too stay failures', () => {
    const merged = mergeAgain(results, results);
    expect(merged.passedAlone).toEqual([]);
    expect(summarize(merged).at(-1)).toBe('1 passed, 2 failed');
  });
});

it('a file without results says what was expected', () => {
  expect(() => resultsOf({ success: true })).toThrow(/numPassedTests/);
});

it('the files that begin first are there', () => {
  const { longest } = jest.requireActual<{ longest: string[] }>('../../helpers/longest-first.cjs');
  for (const name of longest) expect(existsSync(join(ROOT, 'tests', `${name}.test.ts`))).toBe(true);
});
