/**
 * @module functions/http/base64
 * base64 as clients write it. `Buffer.from(text, 'base64')` takes anything and gives rubbish for what it
 * doesn't know, a data URL's prefix for one; here a wrong letter is an error.
 */
import { BadRequestError } from '../../core/errors.ts';

/**
 * Decodes base64 (RFC 4648), plain or url-safe, padded or not, broken into lines or not, with or without the
 * `data:image/…;base64,` of a data URL. Throws BadRequestError that names the first wrong letter.
 */
export function decodeBase64(text: string): Uint8Array {
  const written = withoutPrefix(text.trim());
  // 13 MB are read here while all else waits, so nothing is copied that needn't be.
  const letters = /\s/.test(written) ? written.replace(/\s+/g, '') : written;
  const content = letters.replace(/={1,2}$/, '');
  const wrong = /[^A-Za-z0-9+/_-]/.exec(content);
  if (wrong) {
    const hint = wrong[0] === '%' ? ' It looks percent-encoded: send it as it is.' : '';
    throw new BadRequestError(
      `The base64 has a ${JSON.stringify(wrong[0])}, which is no letter of it.${hint}`,
    );
  }
  if (content.length % 4 === 1) throw new BadRequestError('The base64 is cut off: a letter is left over.');
  return Buffer.from(content, 'base64');
}

function withoutPrefix(text: string): string {
  if (!/^data:/i.test(text.slice(0, 5))) return text;
  const comma = text.indexOf(',');
  const isBase64 = comma > 0 && /;\s*base64$/i.test(text.slice(0, comma));
  if (!isBase64)
    throw new BadRequestError('The data URL is not of base64: it must begin data:image/…;base64,');
  return text.slice(comma + 1);
}
