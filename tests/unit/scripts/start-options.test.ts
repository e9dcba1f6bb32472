import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseStartOptions } from '../../../scripts/stack/options.ts';
import { claimPort, nextFreePort } from '../../../scripts/stack/ports.ts';
import { takeStateFolder } from '../../../scripts/stack/state-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-state-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('reads the options of npm start', () => {
  expect(parseStartOptions(['--port', '8080', '--state', '/x', '--auth', '--inspect'])).toEqual({
    port: 8080,
    stateFolder: '/x',
    auth: true,
    inspectPort: 9229,
    host: undefined,
    help: false,
  });
  expect(parseStartOptions(['--inspect', '9230']).inspectPort).toBe(9230);
  expect(parseStartOptions([]).port).toBeUndefined();
});

test.each([
  [['--port', 'x'], '--port is a port'],
  [['--port', '70000'], '--port is a port'],
  [['--prot', '1'], '--prot'],
  [['--host', 'azure'], '--host is own or func'],
])('refuses %j with its name', (args, message) => {
  expect(() => parseStartOptions(args)).toThrow(message);
});

test('a state folder in use is refused with the pid of who has it', () => {
  const state = takeStateFolder(folder);
  expect(() => takeStateFolder(folder)).toThrow(`in use by process ${process.pid}`);
  state.release();
  takeStateFolder(folder).release();
});

test('the lock of a process that is gone is taken over', () => {
  writeFileSync(join(folder, 'lock'), '4194305');
  const state = takeStateFolder(folder);
  expect(() => takeStateFolder(folder)).toThrow(`in use by process ${process.pid}`);
  state.release();
});

test('a taken port is named, and the next free one found', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await expect(claimPort(port, 'Name another.')).rejects.toThrow(`Port ${port} is taken. Name another.`);
  expect(await nextFreePort(port)).toBeGreaterThan(port);
  server.close();
});
