/**
 * Storage that takes a connection and says nothing, or stops in the middle of an answer: no operation may wait on it
 * for ever.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BlobServiceClient } from '@azure/storage-blob';
import { UnavailableError } from '../../../../core/errors.ts';
import { sha256 } from '../../../../core/hash.ts';
import { Storage } from '../../../../core/storage/storage.ts';

const VERSION = '20261125T081500Z-1c9f00aa';
const FILE = { path: 'weights.bin', bytes: 1000, sha256: sha256('another') };

let server: Server;
let storage: Storage;
let answer: (response: ServerResponse) => void;
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const account = `AccountName=silent;AccountKey=${Buffer.from('key').toString('base64')}`;
  storage = new Storage(
    BlobServiceClient.fromConnectionString(
      `DefaultEndpointsProtocol=http;${account};BlobEndpoint=http://127.0.0.1:${port}/silent`,
    ),
    { document: 150, file: 150 },
  );
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const bytes = Buffer.from('{}');
const operations: [string, () => Promise<unknown>][] = [
  ['find', () => storage.find('registry', 'production.json')],
  ['properties', () => storage.properties('models', `${VERSION}/model.onnx`)],
  ['swap', () => storage.swap('registry', 'production.json', bytes, null)],
  ['createOnce', () => storage.createOnce('models', `${VERSION}/model.onnx`, bytes)],
  ['remove', () => storage.remove('registry', 'production.json', '"etag"')],
  ['list', () => storage.list('models')],
  ['listBlobs', () => storage.listBlobs('models').next()],
  ['streamModelFile', () => storage.streamModelFile('models', VERSION, FILE, () => {})],
];

describe('no answer at all', () => {
  beforeAll(() => {
    answer = () => {};
  });

  it.each(operations)('ends %s as storage that is out of reach', async (_, operation) => {
    const fault = operation();
    await expect(fault).rejects.toBeInstanceOf(UnavailableError);
    await expect(fault).rejects.toThrow('nothing within 0.15 s');
  });
});

describe('an answer that stops in its middle', () => {
  beforeAll(() => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '1000', etag: '"etag"' });
      response.write('half of it');
    };
  });

  it.each(operations.filter(([name]) => ['find', 'streamModelFile'].includes(name)))(
    'ends %s, too',
    async (_, operation) => {
      await expect(operation()).rejects.toThrow('nothing within 0.15 s');
    },
  );
});
