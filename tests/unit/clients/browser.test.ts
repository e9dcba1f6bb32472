/** The TypeScript client in a browser: what it sends of a large photograph. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import {
  hasChromium,
  itInChromium,
  launchChromium,
  type OpenedPage,
  openPage,
} from '../../helpers/browser.ts';
import { petJpeg, petStoredAs, plain } from '../../helpers/pictures.ts';
import { ROOT, runNode } from '../../helpers/processes.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

let browser: Browser | undefined;
let service: StandIn;
let opened: OpenedPage;
beforeAll(async () => {
  if (!hasChromium) return;
  browser = await launchChromium();
  service = await startStandIn({ status: 200, headers: { 'content-type': 'text/html' }, body: {} });
  opened = await openPage(browser, service.url);
  await opened.page.evaluate(await bundleClient());
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

/** As one script. esbuild works outside of Jest only. */
function bundleClient(): Promise<string> {
  const esbuild = pathToFileURL(join(ROOT, 'node_modules/esbuild/lib/main.js')).href;
  const options = {
    entryPoints: [join(ROOT, 'clients/typescript/index.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'pawprint',
  };
  const code = `import { build } from '${esbuild}'; const { outputFiles } = await build(${JSON.stringify(options)}); console.log(outputFiles[0].text.replace('var pawprint', 'globalThis.pawprint')); process.exit();`;
  return runNode(['--input-type=module', '--eval', code]);
}

/** Gives `bytes` to the client in the page, and returns what came to the service. */
async function sentFor(bytes: Buffer, shrink = 'undefined') {
  const before = service.received.length;
  await opened.page.evaluate(`(async () => {
    const bytes = Uint8Array.from(atob('${bytes.toString('base64')}'), (character) => character.charCodeAt(0));
    const client = new pawprint.PawprintClient({ url: location.origin, shrink: ${shrink} });
    await client.classify(new File([bytes], 'pet.jpg', { type: 'image/jpeg' }));
  })()`);
  const [sent] = service.received.slice(before).filter(({ url }) => url === '/api/classify');
  return sent!;
}

itInChromium('a large photograph is sent as an upright JPEG of 1,024 pixels, without EXIF', async () => {
  const { body, headers } = await sentFor(await petStoredAs(6, { width: 1800, height: 1200 }, 'jpeg'));
  const { width, height, format, exif, orientation } = await sharp(body).metadata();
  expect({ width, height, format, exif, orientation }).toEqual({
    width: 1024,
    height: 683,
    format: 'jpeg',
    exif: undefined,
    orientation: undefined,
  });
  expect(headers['content-type']).toBe('image/jpeg');
});

itInChromium(
  'a small one, one that no browser opens, and every one without shrinking, as they are',
  async () => {
    const small = await petJpeg({ width: 1024, height: 700 });
    const unreadable = Buffer.from('no picture');
    for (const bytes of [small, unreadable]) expect((await sentFor(bytes)).body.equals(bytes)).toBe(true);
    const large = await plain([90, 90, 90], { width: 3000, height: 200 }).jpeg().toBuffer();
    expect((await sentFor(large, 'false')).body.equals(large)).toBe(true);
  },
);
