/**
 * @module functions/http/multipart
 * Reads multipart/form-data as clients really write it.
 */
import { isUtf8 } from 'node:buffer';
import busboy from 'busboy';
import { BadRequestError } from '../../core/errors.ts';
import { isPictureFormat, sniffFormat } from '../../core/image/sniff.ts';

export interface FormFile {
  /** Without a path; null where the part has none. */
  filename: string | null;
  content: Uint8Array;
}

export interface Form {
  /**
   * The files, in their order, and the parts without a file name that are pictures. A part without name and content
   * is none: that is how a browser writes a field in which no file was chosen.
   */
  files: FormFile[];
  /** The other parts, by name; of two with one name, the last. */
  fields: Map<string, string>;
}

const LET_THE_CLIENT =
  'Leave the Content-Type header out and let the HTTP client set it: it writes the boundary that it uses.';

/** A form has a handful of parts. */
const MOST_PARTS = 50;
/** No file system has longer ones. */
const LONGEST_FILENAME = 255;
/** RFC 2046 allows 70. */
const LONGEST_BOUNDARY = 200;

/**
 * Parses a form that is wholly in memory; file contents may share its memory. Throws BadRequestError when it
 * has no boundary, is cut off or is malformed.
 */
export async function parseForm(body: Uint8Array, contentType: string): Promise<Form> {
  const parser = createParser(contentType);
  const files: FormFile[] = [];
  const fields = new Map<string, string>();
  await new Promise<void>((resolve, reject) => {
    parser.on('file', (_name, stream, { filename }) => {
      const file: FormFile = { filename: nameOf(filename), content: new Uint8Array() };
      files.push(file);
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      // A form that ends within a file fails twice, here and on the parser; unheard, it would end the worker.
      stream.on('error', reject);
      stream.on('end', () => {
        file.content = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      });
    });
    parser.on('field', (name, value, { mimeType }) => {
      const bytes = Buffer.from(value, 'latin1');
      const isPicture = mimeType.startsWith('image/') || isPictureFormat(sniffFormat(bytes));
      if (isPicture) files.push({ filename: null, content: bytes });
      else fields.set(name ?? '', textOf(value, bytes));
    });
    parser.on('partsLimit', () => reject(new Error(`more than ${MOST_PARTS} parts`)));
    parser.on('error', reject);
    parser.on('close', resolve);
    parser.end(body);
  }).catch((error: unknown) => {
    throw new BadRequestError(
      `The form is cut off, malformed, or not divided by the boundary that its Content-Type header names. ${LET_THE_CLIENT}`,
      { cause: error },
    );
  });
  return {
    files: files.filter(({ filename, content }) => filename !== null || content.byteLength > 0),
    fields,
  };
}

/** busboy gives no name where it is empty, whatever its types say. */
function nameOf(filename: string | undefined): string | null {
  return filename ? filename.slice(0, LONGEST_FILENAME) : null;
}

/**
 * A parser for a header that may be written loosely: busboy refuses a boundary with "/" that isn't quoted
 * (React Native) by a throw from its constructor, so the boundary is read here and handed over quoted.
 */
function createParser(contentType: string): busboy.Busboy {
  const boundary = boundaryOf(contentType);
  if (boundary.length === 0 || boundary.length > LONGEST_BOUNDARY) {
    throw new BadRequestError(
      `The Content-Type header of the form has no boundary that can be used. ${LET_THE_CLIENT}`,
    );
  }
  return busboy({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary.replace(/["\\]/g, '\\$&')}"` },
    // Latin-1 keeps each byte of a picture that comes without a file name; text is read as UTF-8 afterwards.
    defCharset: 'latin1',
    // As browsers write a file's name, RFC 7578 or not; `filename*` says its charset itself.
    defParamCharset: 'utf8',
    limits: { parts: MOST_PARTS, fieldSize: Number.POSITIVE_INFINITY },
  });
}

/** A part that names a charset (.NET does) comes decoded; any other is UTF-8 whose bytes stand as Latin-1. */
function textOf(value: string, bytes: Buffer): string {
  const isDecoded = bytes.toString('latin1') !== value || !isUtf8(bytes);
  return isDecoded ? value : bytes.toString('utf8');
}

function boundaryOf(contentType: string): string {
  const match = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/i.exec(contentType);
  return match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2]?.trim() ?? '';
}
