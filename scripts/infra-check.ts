/**
 * @module scripts/infra-check
 * Compiles the templates in infra/, looks at their form, and holds what each variant would deploy against the rules. Nothing
 * is deployed, and no subscription is needed.
 *
 *     npm run infra:check
 */
import { join } from 'node:path';
import { readCodeFacts } from './bicep/code-facts.ts';
import { compile } from './bicep/compile.ts';
import { CompilerError, findCompiler } from './bicep/compiler.ts';
import { findings, rulesFor } from './bicep/rules.ts';
import { VARIANTS } from './bicep/variants.ts';
import { ROOT } from './paths.ts';

try {
  process.exitCode = (await checkInfra()) === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof CompilerError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** Prints what is wrong, and returns how much that is. */
async function checkInfra(): Promise<number> {
  const started = performance.now();
  const compiler = await findCompiler();
  console.log(`Bicep ${compiler.version} (${compiler.program})`);
  const { diagnostics, unformatted, snapshots } = await compile(compiler, join(ROOT, 'infra'));
  let wrong = 0;
  const complain = (line: string) => {
    wrong++;
    console.error(line);
  };
  for (const line of diagnostics) complain(line);
  for (const file of unformatted) complain(`infra/${file} is not as "bicep format" writes it.`);
  if (Object.keys(snapshots).length < VARIANTS.length)
    complain('Nothing more was looked at: it does not compile.');
  const code = readCodeFacts(ROOT);
  for (const variant of VARIANTS) {
    const snapshot = snapshots[variant.name];
    if (snapshot === undefined) continue;
    const rules = rulesFor(variant);
    for (const rule of rules) {
      for (const finding of findings(rule, snapshot, variant, code)) {
        complain(`${variant.name}: not so: ${rule.name}\n  ${finding}`);
      }
    }
    console.log(`${variant.name}: ${snapshot.predictedResources.length} resources, ${rules.length} rules`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(wrong === 0 ? `All is well (${seconds} s).` : `${wrong} faults (${seconds} s).`);
  return wrong;
}
