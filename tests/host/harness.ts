/**
 * @module tests/host/harness
 * Starts the local host as a child process, because `@azure/functions` goes into its test mode under Jest.
 * With HOST_URL set, the tests run against that host instead (the real `func start` in tests/host/app, say)
 * and those that need a process of their own are skipped by name.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueueServiceClient } from '@azure/storage-queue';

export const APP = join(__dirname, 'app');
const MAIN = join(__dirname, '..', '..', 'scripts', 'host', 'main.ts');

/** `it` for what only a host of our own shows: its log, its exit, its keys. */
export const itLocally = process.env.HOST_URL ? it.skip : it;

export interface TestHost {
  url: string;
  stateFolder: string;
  /** Everything printed so far. */
  output(): string;
  child: ChildProcess;
  /** Resolves to the exit code, null after a signal that it didn't handle. */
  exit: Promise<number | null>;
  stop(): Promise<number | null>;
}

export interface TestHostOptions {
  root?: string;
  args?: string[];
  env?: Record<string, string>;
  stateFolder?: string;
}

const folders: string[] = [];
const children: ChildProcess[] = [];

/** What a test that failed left behind would keep Jest from ending. */
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder, gone when the tests of the file are over. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pawprint-host-'));
  folders.push(folder);
  return folder;
}

/** Starts the host and waits until it answers or has ended. */
export async function startTestHost({
  root = APP,
  args = [],
  env = {},
  stateFolder = makeFolder(),
}: TestHostOptions = {}): Promise<TestHost> {
  const parameters = [MAIN, '--root', root, '--port', '0', '--state', stateFolder, ...args];
  const child = spawn(process.execPath, parameters, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  children.push(child);
  let output = '';
  child.stdout!.on('data', (chunk) => (output += chunk));
  child.stderr!.on('data', (chunk) => (output += chunk));
  // Not 'close': it never comes for a child that was disconnected.
  const exit = Promise.all([
    once(child, 'exit').then(([code]) => code as number | null),
    once(child.stdout!, 'end'),
    once(child.stderr!, 'end'),
  ]).then(([code]) => code);
  let ended = false;
  exit.then(() => {
    ended = true;
  });
  const url = () => /Now listening on: (\S+)/.exec(output)?.[1];
  await until(() => ended || url());
  const stop = () => {
    child.kill('SIGTERM');
    return exit;
  };
  return { url: url() ?? '', stateFolder, output: () => output, child, exit, stop };
}

/** The host at HOST_URL, or a new one. */
export async function startOrUseHost(options: TestHostOptions): Promise<Pick<TestHost, 'url' | 'stop'>> {
  const url = process.env.HOST_URL?.replace(/\/$/, '');
  return url ? { url, stop: async () => 0 } : startTestHost(options);
}

/** Writes an app of one file; `source` finds `app` of `@azure/functions` defined. */
export function makeApp(source: string, host: object = {}): string {
  const folder = makeFolder();
  const library = JSON.stringify(require.resolve('@azure/functions'));
  writeFileSync(join(folder, 'main.cjs'), `const { app } = require(${library});\n${source}\n`);
  writeFileSync(join(folder, 'package.json'), '{ "main": "main.cjs" }');
  writeFileSync(join(folder, 'host.json'), JSON.stringify({ version: '2.0', ...host }));
  return folder;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** As they came, to see their case. */
  rawHeaders: string[];
  body: Buffer;
  text: string;
}

export interface Call {
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
}

/** One HTTP request on a connection of its own. `fetch` hides header case and refuses a GET with a body. */
export function call(url: string, { method = 'GET', headers = {}, body }: Call = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const { statusCode = 0, headers: received, rawHeaders } = incoming;
        resolve({ status: statusCode, headers: received, rawHeaders, body: bytes, text: bytes.toString() });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Calls with a JSON body. */
export function post(url: string, value: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const body = JSON.stringify(value);
  return call(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
}

export interface Run {
  kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the trigger gave
  value: any;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the trigger gave
  triggerMetadata: any;
  retryContext?: { retryCount: number; maxRetryCount: number; exception?: { message: string } };
}

/** The runs of a function of tests/host/app so far. */
export async function runsOf(url: string, name: string): Promise<Run[]> {
  return JSON.parse((await call(`${url}/api/runs?function=${name}`)).text);
}

/** Asks until there is an answer that isn't falsy, and returns it. Throws after `seconds`. */
export async function until<T>(ask: () => T | Promise<T>, seconds = 20): Promise<NonNullable<T>> {
  const deadline = performance.now() + seconds * 1000;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  throw new Error(`Nothing came of this within ${seconds} s: ${ask}`);
}

/** Asks until there are `count` items at least, and returns them. */
export function untilCount<T>(ask: () => Promise<T[]>, count = 1): Promise<T[]> {
  return until(async () => {
    const items = await ask();
    return items.length >= count ? items : undefined;
  });
}

/** Messages of a queue that the condition holds for, as they are stored. Peeking hides nothing from others. */
export async function messagesOf(
  queues: QueueServiceClient,
  queue: string,
  holds: (text: string) => boolean,
): Promise<string[]> {
  try {
    const { peekedMessageItems } = await queues.getQueueClient(queue).peekMessages({ numberOfMessages: 32 });
    return peekedMessageItems.map(({ messageText }) => messageText).filter(holds);
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return [];
    throw error;
  }
}

/** Text of a message in base64. */
export function decode(text: string): string {
  return Buffer.from(text, 'base64').toString();
}
