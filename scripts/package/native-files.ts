/**
 * @module scripts/package/native-files
 * Proves that the native libraries in a package are those of linux-x64 with glibc, and all of them (field case 58).
 */
import { PackageError } from './package-error.ts';

const NEEDED = [
  { what: 'sharp', path: /^node_modules\/@img\/sharp-linux-x64\/lib\/[^/]+\.node$/ },
  {
    what: "sharp's libvips",
    path: /^node_modules\/@img\/sharp-libvips-linux-x64\/lib\/libvips-cpp\.so[^/]*$/,
  },
  {
    what: 'onnxruntime-node',
    path: /^node_modules\/onnxruntime-node\/bin\/napi-v\d+\/linux\/x64\/onnxruntime_binding\.node$/,
  },
  {
    what: "onnxruntime-node's library",
    path: /^node_modules\/onnxruntime-node\/bin\/napi-v\d+\/linux\/x64\/libonnxruntime\.so[^/]*$/,
  },
];

/** ELF; the four of Mach-O and its universal files; PE. */
const MAGIC_NUMBERS = ['7f454c46', 'cffaedfe', 'cefaedfe', 'cafebabe', 'feedfacf', '4d5a'];

/** The paths that are native code by their name or by their first bytes, sorted. */
export function nativeFiles(files: ReadonlyMap<string, Uint8Array>): string[] {
  const isNative = ([path, bytes]: [string, Uint8Array]) => {
    const start = Buffer.from(bytes.subarray(0, 4)).toString('hex');
    return (
      /\.(node|dll|exe|dylib|so(\.\d+)*)$/.test(path) ||
      MAGIC_NUMBERS.some((magic) => start.startsWith(magic))
    );
  };
  return [...files]
    .filter(isNative)
    .map(([path]) => path)
    .sort();
}

/** Throws {@link PackageError} that names each library that is missing, and each that is not for linux-x64. */
export function checkNativeFiles(files: ReadonlyMap<string, Uint8Array>): void {
  const native = nativeFiles(files);
  const missing = NEEDED.filter(({ path }) => !native.some((found) => path.test(found)));
  const foreign = native.filter(
    (found) => !NEEDED.some(({ path }) => path.test(found)) || !isLinuxX64(files.get(found)!),
  );
  if (missing.length === 0 && foreign.length === 0) return;
  const faults = [
    ...missing.map(({ what }) => `${what} for linux-x64 (glibc) is missing`),
    ...foreign.map((path) => `${path} is not for linux-x64 (glibc)`),
  ];
  throw new PackageError(
    `The package would not run on Azure:\n  ${faults.join('\n  ')}\nSee that package-lock.json lists @img/sharp-linux-x64 (npm install without node_modules and lock file adds what is lost), then try again.`,
  );
}

/** By the head of an ELF file: 64 bits, little endian, System V or GNU, x86-64. */
function isLinuxX64(bytes: Uint8Array): boolean {
  const isElf64 = Buffer.from(bytes.subarray(0, 6)).toString('hex') === '7f454c460201';
  return isElf64 && (bytes[7] === 0 || bytes[7] === 3) && bytes[18] === 62 && bytes[19] === 0;
}
