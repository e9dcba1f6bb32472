/**
 * @module scripts/test/results
 * What Jest wrote of a run, and what is said of it at the end: a log that is cut keeps its last lines.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../core/errors.ts';
import { ROOT } from '../paths.ts';

const LINES_OF_A_MESSAGE = 12;
const LONGEST_FILES = 8;

const jestSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numRuntimeErrorTestSuites: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string().nullable()),
        }),
      ),
    }),
  ),
});

export interface Failure {
  file: string;
  /** Empty where the file itself couldn't be loaded. */
  test: string;
  message: string;
}

export interface Results {
  success: boolean;
  passed: number;
  skipped: number;
  /** A file that can't even be loaded has failed, although none of its tests ran. */
  failures: Failure[];
  failedFiles: string[];
  /** Failed beside other tests and passed alone. */
  passedAlone: Failure[];
  /** The files that took longest, longest first. */
  longest: { file: string; seconds: number }[];
}

/** Reads the JSON that Jest wrote. Throws an Error where there is none, or one that can't be understood. */
export function readResults(path: string): Results {
  try {
    return resultsOf(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new Error(`Jest left no results that can be read: ${messageOf(error)}`, { cause: error });
  }
}

/** What Jest's JSON says. Throws an Error when it isn't of its form. */
export function resultsOf(json: unknown): Results {
  const jest = jestSchema.parse(json);
  const failed = jest.testResults.filter(({ status }) => status === 'failed');
  const failures = failed.flatMap(({ name, message, assertionResults }) => {
    const file = relative(ROOT, name);
    const tests = assertionResults.filter(({ status }) => status === 'failed');
    if (tests.length === 0) return [{ file, test: '', message }];
    return tests.map(({ fullName, failureMessages }) => ({
      file,
      test: fullName,
      message: failureMessages.map((text) => text ?? '').join('\n'),
    }));
  });
  return {
    success: jest.success,
    passed: jest.numPassedTests,
    skipped: jest.numPendingTests,
    failures,
    failedFiles: failed.map(({ name }) => name),
    passedAlone: [],
    longest: jest.testResults
      .map(({ name, startTime, endTime }) => ({
        file: relative(ROOT, name),
        seconds: (endTime - startTime) / 1000,
      }))
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, LONGEST_FILES),
  };
}

/** The first run's results, with those of its failed files that ran again. */
export function mergeAgain(first: Results, again: Results): Results {
  const failsStill = ({ file, test }: Failure) =>
    again.failures.some((failure) => failure.file === file && (failure.test === test || failure.test === ''));
  const passedAlone = first.failures.filter((failure) => !failsStill(failure));
  return {
    success: again.success,
    passed: first.passed + passedAlone.filter(({ test }) => test !== '').length,
    skipped: first.skipped,
    failures: again.failures,
    failedFiles: again.failedFiles,
    passedAlone,
    longest: first.longest,
  };
}

/** A few lines for each failure, nothing where all passed. */
export function describeFailures({ failures }: Results): string[] {
  if (failures.length === 0) return [];
  return [
    'Failed:',
    ...failures.flatMap(({ file, test, message }) => [
      `  ${file}${test === '' ? ' (not loaded)' : `: ${test}`}`,
      ...withoutColours(message)
        .split('\n')
        .slice(0, LINES_OF_A_MESSAGE)
        .map((line) => `    ${line}`),
    ]),
  ];
}

/** The last lines of all, the counts at the very end. */
export function summarize({ passed, skipped, failures, passedAlone, longest }: Results): string[] {
  const slow = longest.filter(({ seconds }) => seconds >= 10);
  const lines = slow.length === 0 ? [] : [`took longest: ${slow.map(describeTime).join(', ')}`];
  for (const { file, test } of passedAlone) {
    lines.push(`failed beside other tests, passed alone: ${file}: ${test}`);
  }
  if (skipped > 0) lines.push(`${skipped} skipped: see above for what they need`);
  return [...lines, `${passed} passed, ${failures.length} failed`];
}

function describeTime({ file, seconds }: Results['longest'][number]): string {
  return `${file} ${seconds.toFixed(0)} s`;
}

function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of a terminal's colours
  return text.replace(/\u001b\[[\d;]*m/g, '');
}
