/**
 * @module scripts/bicep/checkov
 * Checkov (PyPI), which looks for what is unsafe in templates, in a folder of its own in the user's cache folder; and which of
 * its findings are explained.
 */
import { spawn } from 'node:child_process';
import { z } from 'zod';
import { ConfigurationError } from '../../core/errors.ts';
import { findPythonTool } from '../python-tool.ts';
import { MissingError } from '../tfjs-node/run.ts';
import type { Snapshot } from './resources.ts';

/** Another version may look for more. */
export const CHECKOV = '3.3.30';

export interface Finding {
  check: string;
  title: string;
  type: string;
  name: string;
}

const explanationsSchema = z.array(
  z.strictObject({
    check: z.string().regex(/^CKV2?_[A-Z]+_\d+$/),
    /** Type of the resources. */
    resource: z.string().min(1),
    reason: z.string().min(20),
  }),
);
export type Explanation = z.infer<typeof explanationsSchema>[number];

/** Explanations as they are written in infra/checkov.yaml. Throws an error that names the entry for others. */
export function parseExplanations(content: unknown): Explanation[] {
  const parsed = explanationsSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `  entry ${path.join('.')}: ${message}`);
  throw new ConfigurationError(
    `infra/checkov.yaml is a list of check, resource and reason:\n${lines.join('\n')}`,
  );
}

/** The findings that nothing explains, and the explanations of what is found no more. */
export function compareFindings(
  findings: readonly Finding[],
  explanations: readonly Explanation[],
): { unexplained: Finding[]; stale: Explanation[] } {
  const explains = ({ check, resource }: Explanation, finding: Finding) =>
    check === finding.check && resource === finding.type;
  return {
    unexplained: findings.filter((finding) => !explanations.some((one) => explains(one, finding))),
    stale: explanations.filter((one) => !findings.some((finding) => explains(one, finding))),
  };
}

/**
 * The resources of a snapshot as a plain ARM template. Checkov sees nothing in what the compiler writes: there, resources
 * are an object and not a list, and modules are deployments of their own.
 */
export function flatTemplate({ predictedResources }: Snapshot): object {
  return {
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    resources: predictedResources.map(({ id: _, ...resource }) => resource),
  };
}

/**
 * The interpreter of a virtual environment with Checkov, made at the first call (290 MB, once). Throws
 * {@link MissingError} that says what this machine lacks.
 */
export async function findCheckov({ log }: { log: (line: string) => void }): Promise<string> {
  return (await findPythonTool({ title: 'Checkov', name: 'checkov', version: CHECKOV }, { log })).python;
}

/** What Checkov finds in the templates of `folder`. Throws {@link MissingError} where it doesn't run. */
export async function runCheckov(
  python: string,
  folder: string,
): Promise<{ passed: number; findings: Finding[] }> {
  // Without --skip-download it asks a service of its makers for texts.
  const args = [
    '-m',
    'checkov.main',
    '-d',
    folder,
    '--framework',
    'arm',
    '--skip-download',
    '--quiet',
    '-o',
    'json',
  ];
  const output = await outputOf(python, args);
  return readReport(output);
}

const reportSchema = z.object({
  summary: z.object({ passed: z.number(), failed: z.number(), parsing_errors: z.number() }),
  results: z.object({
    failed_checks: z.array(z.object({ check_id: z.string(), check_name: z.string(), resource: z.string() })),
  }),
});

/** Reads Checkov's report. Throws {@link MissingError} for one that says nothing was looked at. */
export function readReport(output: string): { passed: number; findings: Finding[] } {
  const report = reportSchema.safeParse(parseJson(output));
  if (!report.success) throw new MissingError(`Checkov gives no report: ${output.slice(0, 300)}`);
  const { summary, results } = report.data;
  if (summary.parsing_errors > 0)
    throw new MissingError(`Checkov can't read ${summary.parsing_errors} templates`);
  if (summary.passed === 0) throw new MissingError('Checkov looked at nothing');
  return {
    passed: summary.passed,
    findings: results.failed_checks.map(({ check_id: check, check_name: title, resource }) => {
      const dot = resource.indexOf('.', resource.lastIndexOf('Microsoft.') + 'Microsoft.'.length);
      return { check, title, type: resource.slice(0, dot), name: resource.slice(dot + 1) };
    }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Its exit code only says whether there are findings. */
function outputOf(program: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.on('error', (error) => reject(new MissingError(`${program} can't be started: ${error.message}`)));
    child.on('close', () => resolve(output));
  });
}
