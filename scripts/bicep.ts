/**
 * @module scripts/bicep
 * Runs the Bicep compiler, wherever it is: the setting `BICEP`, `bicep` on the PATH, or that of `az bicep`.
 *
 *     node scripts/bootstrap.cjs scripts/bicep.ts build infra/main.bicep --stdout
 */
import { CompilerError, findCompiler, runCompiler } from './bicep/compiler.ts';

try {
  const compiler = await findCompiler();
  const { code, output, errors } = await runCompiler(compiler, process.argv.slice(2));
  process.stdout.write(output);
  process.stderr.write(errors);
  process.exitCode = code;
} catch (error) {
  if (!(error instanceof CompilerError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
