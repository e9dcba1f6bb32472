/**
 * @module scripts/tfjs-node/libraries
 * TensorFlow's C library and headers out of PyPI's `tensorflow-cpu`, kept in the user's cache folder: 545 MB
 * that `npm ci` must not wipe.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from './make-once.ts';
import { run } from './run.ts';

/** From 2.12.1 on the libraries work without Python's symbols. */
export const TENSORFLOW = '2.20.0';

export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

/** The wheel is the same for every Python, but pip has to be told of one that it was built for. */
const WHEEL = [
  '--no-deps',
  '--only-binary=:all:',
  '--python-version=3.10',
  '--platform=manylinux_2_17_x86_64',
  '--platform=manylinux2014_x86_64',
  '--platform=manylinux_2_27_x86_64',
];

/** Takes out of a wheel (a zip) the two libraries and the headers that the addon's sources include. */
const UNPACK = `
import re, shutil, sys, zipfile, os
wheel, target = sys.argv[1:]
header = re.compile(r'tensorflow/include/((tensorflow/c|xla/tsl/c)/.*\\.h|.*/platform/ctstring[^/]*\\.h)$')
library = re.compile(r'tensorflow/(libtensorflow_(?:cc|framework)\\.so\\.2)$')
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        found = library.match(name)
        path = found.group(1) if found else name[len('tensorflow/'):] if header.match(name) else None
        if path:
            path = os.path.join(target, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(name) as source, open(path, 'wb') as copy:
                shutil.copyfileobj(source, copy)
`;

/** The folder with the libraries and \`include/\`; fetched where it isn't there. Throws MissingError. */
export async function fetchLibraries(
  cache: string,
  { log }: { log: (line: string) => void },
): Promise<string> {
  const folder = join(cache, `tensorflow-${TENSORFLOW}`);
  return makeOnce(folder, async (temporary) => {
    await run('python3', ['-m', 'pip', '--version'], { orElse: 'python3 with pip is not there' });
    log(`fetching TensorFlow ${TENSORFLOW} (259 MB) ...`);
    const wheels = join(temporary, 'wheels');
    const download = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', ...WHEEL];
    await run('python3', [...download, '-d', wheels, `tensorflow-cpu==${TENSORFLOW}`], {
      orElse: `tensorflow-cpu ${TENSORFLOW} can't be fetched by pip`,
    });
    const [wheel] = await readdir(wheels);
    const unpacked = join(temporary, 'unpacked');
    await run('python3', ['-c', UNPACK, join(wheels, wheel!), unpacked], {
      orElse: "TensorFlow's wheel can't be unpacked",
    });
    // A quarter of the size is symbols. Without strip they stay.
    const paths = LIBRARIES.map((library) => join(unpacked, library));
    await run('strip', ['--strip-unneeded', ...paths], { orElse: 'strip' }).catch(() => {});
    return unpacked;
  });
}
