import { sniffFormat } from '../../../../core/image/sniff.ts';
import { heifHeader, pet } from '../../../helpers/pictures.ts';

const text = (content: string) => Buffer.from(content, 'latin1');

describe('sniffFormat', () => {
  test.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)('knows a %s by its bytes', async (format) => {
    const bytes = await pet({ width: 32, height: 24 })[format]().toBuffer();
    expect(sniffFormat(bytes)).toBe(format);
  });

  // Case 4
  test.each([
    ['heic', ['mif1', 'MiHE', 'miaf', 'heic'], 'heic'],
    ['mif1', ['mif1', 'heic'], 'heic'],
    ['mif1', ['mif1'], 'heic'],
    ['avif', ['avif', 'mif1', 'miaf'], 'avif'],
    ['avis', ['avis', 'msf1'], 'avif'],
    ['mif1', ['mif1', 'avif', 'miaf'], 'avif'],
    ['isom', ['isom', 'mp42'], 'video'],
    ['qt  ', ['qt  '], 'video'],
  ])('takes a container of major brand %s with %j for %s', (major, compatible, format) => {
    expect(sniffFormat(heifHeader(major, compatible))).toBe(format);
  });

  test('looks for compatible brands inside the ftyp box only', () => {
    const heic = heifHeader('heic', ['mif1']);
    expect(sniffFormat(Buffer.concat([heic, text('avifavif')]))).toBe('heic');
  });

  test.each([
    ['%PDF-1.7', 'pdf'],
    ['II*\0', 'tiff'],
    ['MM\0*', 'tiff'],
    ['BM\x36\0', 'bmp'],
    ['\0\0\0\x0cJXL \r\n', 'jxl'],
    ['PK\x03\x04', 'zip'],
    ['\xef\xbb\xbf \n<!DOCTYPE html><html>', 'html'],
    ['<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', 'svg'],
    ['<svg/>', 'svg'],
    ['<svg width="1"/>', 'svg'],
    ['{"image": "AAAA"}', 'json'],
    ['data:image/jpeg;base64,/9j/', 'data-url'],
    ['RIFF\x24\0\0\0WAVEfmt ', null],
    ['plain text', null],
    ['', null],
  ])('takes %j for %s', (content, format) => {
    expect(sniffFormat(text(content))).toBe(format);
  });

  test('reads a view into a larger buffer at its own offset', () => {
    const whole = Buffer.concat([text('GIF89a'), text('%PDF-1.7')]);
    expect(sniffFormat(new Uint8Array(whole.buffer, whole.byteOffset + 6, 8))).toBe('pdf');
  });
});
