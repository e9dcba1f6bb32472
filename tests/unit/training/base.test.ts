import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidModelError } from '../../../core/errors.ts';
import { findBase, readBase } from '../../../training/base/base.ts';
import { encodeNetwork } from '../../../training/network/model-files.ts';
import { roundWeights } from '../../../training/network/network.ts';
import { tinyNetwork, writeTinyBase } from '../../helpers/tiny-base.ts';

const SHARED = join(__dirname, '..', '..', '..', '..', 'shared', 'models');
const withShared = existsSync(SHARED) ? it : it.skip;

let root: string;
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'pawprint-base-')), 'repository');
  mkdirSync(root);
});
afterEach(() => rmSync(join(root, '..'), { recursive: true, force: true }));

describe('findBase', () => {
  it('takes a folder, then MODELS_DIR, then ../shared/models, then the starter', async () => {
    const starter = join(root, 'starter', 'base');
    writeTinyBase(starter);
    expect(await findBase('tiny', { root })).toBe(starter);
    const shared = join(root, '..', 'shared', 'models', 'tiny');
    writeTinyBase(shared);
    expect(await findBase('tiny', { root })).toBe(shared);
    const modelsDir = join(root, '..', 'elsewhere');
    writeTinyBase(join(modelsDir, 'tiny'));
    expect(await findBase('tiny', { root, modelsDir })).toBe(join(modelsDir, 'tiny'));
    expect(await findBase(starter, { root, modelsDir })).toBe(starter);
  });

  it('says where it looked', async () => {
    const promise = findBase('mobilenet_v9', { root, modelsDir: '/models' });
    await expect(promise).rejects.toThrow('There is no base network mobilenet_v9');
    await expect(promise).rejects.toThrow(join('/models', 'mobilenet_v9'));
    await expect(promise).rejects.toThrow(join(root, '..', 'shared', 'models', 'mobilenet_v9'));
    await expect(promise).rejects.toThrow(join(root, 'starter', 'base'));
  });
});

describe('readBase', () => {
  it('names what is wrong in base.json', async () => {
    writeTinyBase(root);
    writeFileSync(join(root, 'base.json'), '{"name": "tiny", "l2": "much"}');
    await expect(readBase(root)).rejects.toThrow(InvalidModelError);
    await expect(readBase(root)).rejects.toThrow(/base\.json doesn't describe a base[\s\S]*l2/);
  });

  it('reads a layers model with its base.json, at its own size or another', async () => {
    writeTinyBase(root);
    const base = await readBase(root);
    expect(base).toMatchObject({ name: 'tiny', l2: 1e-4, input: { width: 32, height: 32 } });
    expect(base.network).toEqual(tinyNetwork());
    const larger = await readBase(root, { size: 48 });
    expect(larger.input).toMatchObject({ width: 48, height: 48 });
    expect(larger.network.topology.config.layers[0]!.config.batch_input_shape).toEqual([null, 48, 48, 3]);
    expect(larger.contentHash).toBe(base.contentHash);
  });

  withShared('gives the same network from a shared base and from its export (needs ../shared)', async () => {
    const script = join(__dirname, '..', '..', '..', 'training', 'export-base.ts');
    const node = join(__dirname, '..', '..', '..', 'node_modules', '.bin', 'node');
    const words = ['--base', join(SHARED, 'efficientnet_lite0'), '--out', root];
    const { status, stderr } = spawnSync(node, [script, ...words], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(readdirSync(root).sort()).toEqual([
      'LICENSE',
      'README.md',
      'base.json',
      'model.json',
      'weights.bin',
    ]);
    const [shared, exported] = [await readBase(join(SHARED, 'efficientnet_lite0')), await readBase(root)];
    expect(exported.input).toEqual(shared.input);
    // By their bytes: Jest takes seconds to compare three million numbers.
    const encoded = [shared, exported].map(({ network }) =>
      encodeNetwork(roundWeights(network, 'float16'), 'float16'),
    );
    expect(encoded[1]!.modelJson).toBe(encoded[0]!.modelJson);
    expect(Buffer.compare(encoded[1]!.weightsBin, encoded[0]!.weightsBin)).toBe(0);
  });

  withShared('knows size, scaling and lambda of the shared bases (needs ../shared)', async () => {
    const base = await readBase(join(SHARED, 'mobilenet_v2_1.0_224'));
    expect(base).toMatchObject({
      l2: 3e-3,
      input: {
        width: 224,
        height: 224,
        scaling: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
      },
    });
    expect(base.network.weights.reduce((sum, { values }) => sum + values.length, 0)).toBeGreaterThan(2.2e6);
  });
});
