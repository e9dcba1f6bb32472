/**
 * @module scripts/infra-checkov
 * Checkov on what the templates would deploy: every finding must be mended, or explained in infra/checkov.yaml.
 *
 *     npm run infra:checkov
 *
 * Where Python or its packages can't be had it says so and ends well.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ConfigurationError } from '../core/errors.ts';
import {
  compareFindings,
  findCheckov,
  flatTemplate,
  parseExplanations,
  runCheckov,
} from './bicep/checkov.ts';
import { compile } from './bicep/compile.ts';
import { CompilerError, findCompiler } from './bicep/compiler.ts';
import { VARIANTS } from './bicep/variants.ts';
import { ROOT } from './paths.ts';
import { MissingError } from './tfjs-node/run.ts';

/** With everything there is, and what comes after the code. The plain one has what a private network leaves out. */
const LOOKED_AT = ['default', 'everything, private, on an A100', 'blob events'];

const folder = mkdtempSync(join(tmpdir(), 'pawprint-checkov-'));
try {
  process.exitCode = await checkWithCheckov();
} catch (error) {
  if (error instanceof CompilerError || error instanceof ConfigurationError) {
    console.error(error.message);
    process.exitCode = 1;
  } else if (error instanceof MissingError) {
    console.log(`Checkov was skipped: ${error.message}.`);
  } else {
    throw error;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function checkWithCheckov(): Promise<number> {
  const python = await findCheckov({ log: console.log });
  const variants = VARIANTS.filter(({ name }) => LOOKED_AT.includes(name));
  const { diagnostics, snapshots } = await compile(await findCompiler(), join(ROOT, 'infra'), { variants });
  if (Object.keys(snapshots).length < variants.length) throw new CompilerError(diagnostics.join('\n'));
  for (const [index, { name }] of variants.entries()) {
    writeFileSync(join(folder, `${index}.json`), JSON.stringify(flatTemplate(snapshots[name]!), null, 2));
  }
  const { passed, findings } = await runCheckov(python, folder);
  const explanations = parseExplanations(parse(readFileSync(join(ROOT, 'infra', 'checkov.yaml'), 'utf8')));
  const { unexplained, stale } = compareFindings(findings, explanations);
  for (const { check, title, type, name } of unexplained)
    console.error(`${check} ${title}\n  ${type} ${name}`);
  for (const { check, resource } of stale) {
    console.error(
      `infra/checkov.yaml explains ${check} of ${resource}, which is not found any more: take it out.`,
    );
  }
  console.log(
    `Checkov: ${passed} checks hold, ${findings.length} findings, ${unexplained.length} of them unexplained.`,
  );
  return unexplained.length + stale.length === 0 ? 0 : 1;
}
