/**
 * @module scripts/python-tool
 * Programs from PyPI, each in a virtual environment of its own in the user's cache folder, made at the first call.
 */
import { join } from 'node:path';
import { cacheFolder } from '../training/features/cache.ts';
import { makeOnce } from './tfjs-node/make-once.ts';
import { run } from './tfjs-node/run.ts';

const PYTHON = process.platform === 'win32' ? 'python' : 'python3';
/** Where a virtual environment has its programs. */
const PROGRAMS = process.platform === 'win32' ? 'Scripts' : 'bin';

export interface PythonTool {
  /** For people, as Schemathesis. */
  title: string;
  /** On PyPI. */
  name: string;
  version: string;
}

export interface FoundTool {
  folder: string;
  python: string;
  /** Path of a program that the package brings. A script among them names another folder: only its interpreter is to be used. */
  program(name: string): string;
}

/** Throws {@link MissingError} that says what this machine lacks. */
export async function findPythonTool(
  { title, name, version }: PythonTool,
  { log }: { log: (line: string) => void },
): Promise<FoundTool> {
  const python = await run(PYTHON, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
    orElse: 'Python 3 is not there',
  });
  const folder = join(cacheFolder(process.env), `${name}-${version}-python${python.trim()}`);
  const programIn = (place: string, program: string) => join(place, PROGRAMS, program);
  await makeOnce(folder, async (temporary) => {
    log(`Installing ${title} ${version} into ${folder} ...`);
    await run(PYTHON, ['-m', 'venv', temporary], { orElse: 'Python can not make a virtual environment' });
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
    await run(programIn(temporary, 'python'), [...install, `${name}==${version}`], {
      orElse: `pip can not fetch ${title} ${version}`,
    });
    return temporary;
  });
  return { folder, python: programIn(folder, 'python'), program: (program) => programIn(folder, program) };
}
