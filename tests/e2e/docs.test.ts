/** The docs page in Chromium: made of the OpenAPI document, whole without anything from elsewhere, readable for everybody. */
import type { Browser } from 'playwright-core';
import { docsPage } from '../../functions/docs-page/page.ts';
import { servedDocument } from '../../functions/openapi/served-document.ts';
import { type AppHost, startAppHost } from '../helpers/app-host.ts';
import {
  type ColourScheme,
  findFaults,
  hasChromium,
  itInChromium,
  launchChromium,
  openPage,
  sidewaysScroll,
} from '../helpers/browser.ts';
import { stopAll } from '../helpers/processes.ts';

let app: AppHost;
let browser: Browser | undefined;
beforeAll(async () => {
  app = await startAppHost();
  if (hasChromium) browser = await launchChromium();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await app?.stop();
  await stopAll();
}, 30_000);

const url = () => `${app.url}/api/docs`;

it('comes under a policy by which nothing but its own style counts, with another number each time', async () => {
  const policies = [];
  for (let i = 0; i < 2; i++) {
    const { status, headers } = await app.call('docs');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    policies.push(headers.get('content-security-policy')!);
  }
  expect(policies[0]).not.toBe(policies[1]);
  for (const policy of policies) {
    expect(policy).toMatch(/^default-src 'none'; style-src 'nonce-[\w+/=]{22,}';/);
    expect(policy).not.toMatch(/unsafe|\*|https?:|script-src/);
  }
});

it('writes what the document says as text, never as markup', () => {
  const words = ['title', 'summary', 'description'];
  const document = JSON.parse(JSON.stringify(servedDocument()), (key, value) =>
    words.includes(key) && typeof value === 'string' ? '<b>`<i>`"</b>' : value,
  );
  const page = docsPage(document, { nonce: 'n', origin: "http://'<b>" });
  expect(page).toContain('&lt;b&gt;<code>&lt;i&gt;</code>&quot;&lt;/b&gt;');
  expect(page).not.toMatch(/<[bi]>|"</);
});

it('has each operation, parameter, status and type of the document', async () => {
  const { body } = await app.call('docs');
  const { paths, components } = servedDocument();
  for (const [path, methods] of Object.entries(paths)) {
    expect(body).toContain(`<code>${path}</code>`);
    for (const operation of Object.values(methods)) {
      const start = body.indexOf(`<article id="${operation.operationId}"`);
      const part = body.slice(start, body.indexOf('</article>', start));
      for (const { name } of operation.parameters ?? []) expect(part).toContain(`<code>${name}</code>`);
      for (const status of Object.keys(operation.responses)) expect(part).toContain(`<dt>${status}</dt>`);
    }
  }
  for (const name of Object.keys(components.schemas)) expect(body).toContain(`id="schema-${name}"`);
});

it('has no link to a place that is not there, and no two places of one name', async () => {
  const { body } = await app.call('docs');
  const ids = [...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, target] of body.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
});

const LOOKS: [number, ColourScheme][] = [
  [360, 'light'],
  [360, 'dark'],
  [1280, 'light'],
  [1280, 'dark'],
];

for (const [width, scheme] of LOOKS) {
  const look = `at ${width} pixels, ${scheme}`;
  itInChromium(
    `${look}: asks for nothing, complains of nothing, does not scroll sideways, and axe finds nothing`,
    async () => {
      const opened = await openPage(browser!, url(), { width, scheme, isPhone: width === 360 });
      try {
        expect(await findFaults(opened.page)).toEqual([]);
        expect(await sidewaysScroll(opened.page)).toBe(0);
        expect([opened.requests, opened.complaints]).toEqual([[], []]);
      } finally {
        await opened.close();
      }
    },
  );
}

itInChromium('goes to an operation by the keyboard', async () => {
  const { page, close } = await openPage(browser!, url(), { width: 360 });
  try {
    const link = page.locator('nav a').first();
    await link.focus();
    await page.keyboard.press('Enter');
    const [operation] = Object.values(Object.values(servedDocument().paths)[0]!);
    expect(new URL(page.url()).hash).toBe(`#${operation!.operationId}`);
  } finally {
    await close();
  }
});
