import { parseDataPlace } from '../../../../training/container/data-place.ts';
import { readJobSettings, trainingEnvironment } from '../../../../training/container/job-settings.ts';

const ACCOUNT = 'https://stpets.blob.core.windows.net/';

describe('parseDataPlace', () => {
  test.each([
    ['datasets/pets/', { kind: 'blobs', prefix: 'pets/' }],
    ['datasets/pets/2026', { kind: 'blobs', prefix: 'pets/2026/' }],
    ['datasets/pets.tar.gz', { kind: 'archive-blob', path: 'pets.tar.gz' }],
    [`${ACCOUNT}datasets/my%20pets.zip`, { kind: 'archive-blob', path: 'my pets.zip' }],
    // With a signature it is an address like any other.
    [`${ACCOUNT}datasets/pets.zip?sig=a`, { kind: 'other', data: `${ACCOUNT}datasets/pets.zip?sig=a` }],
    [
      'https://example.org/datasets/pets.zip',
      { kind: 'other', data: 'https://example.org/datasets/pets.zip' },
    ],
    ['/data/photographs', { kind: 'other', data: '/data/photographs' }],
  ])('%s', (data, place) => {
    expect(parseDataPlace(data, ACCOUNT)).toEqual(place);
  });

  test.each([
    ['', 'TRAIN_DATA is missing'],
    ['datasets/', 'expected datasets/{name}/'],
    ['datasets/../trained', 'expected datasets/{name}/'],
    ['datasets/pets//2026', 'expected datasets/{name}/'],
    ['datasets/feedback/Pug', 'comes beside a data set'],
    ['datasets/feedback', 'comes beside a data set'],
  ])('refuses %j', (data, message) => {
    expect(() => parseDataPlace(data, ACCOUNT)).toThrow(message);
  });
});

describe('readJobSettings', () => {
  const STORAGE = { MODEL_STORAGE__blobServiceUri: ACCOUNT, MODEL_STORAGE__credential: 'managedidentity' };
  const read = (env: Record<string, string>) =>
    readJobSettings({ TRAIN_DATA: 'datasets/pets/', ...STORAGE, ...env });

  it('pushes and takes feedback unless told otherwise, and knows its own variables', () => {
    const settings = read({ TRAIN_DEVICE: 'gpu', TRAIN_WORK: '/work', TRAIN_SEDE: '1', PAWPRINT_RUN: 'a/1' });
    expect(settings).toMatchObject({ push: true, feedback: true, device: 'gpu', work: '/work', run: 'a/1' });
    expect(settings.unknown).toEqual(['TRAIN_SEDE']);
    expect(read({ TRAIN_PUSH: 'false', TRAIN_FEEDBACK: 'off' })).toMatchObject({
      push: false,
      feedback: false,
    });
  });

  it('needs no storage for a folder that is not pushed', () => {
    const env = { TRAIN_DATA: '/data', TRAIN_PUSH: 'false' };
    expect(readJobSettings(env)).toMatchObject({ storage: null, feedback: false });
    expect(() => readJobSettings({ TRAIN_DATA: '/data' })).toThrow('MODEL_STORAGE');
  });

  it('does not stop at a setting of the function app', () => {
    expect(read({ CLASSIFY_QUEUE: 'many' }).storage).not.toBeNull();
  });

  test.each([
    [{ TRAIN_DEVICE: 'cuda' }, 'expected one of auto, gpu, cpu'],
    [{ TRAIN_DEVICE: 'gpu', TRAIN_ENGINE: 'wasm' }, 'only the engine node runs on a GPU'],
    [{ TRAIN_FEEDBACK: 'yes' }, 'expected one of on, off'],
    [{ TRAIN_SHA256: 'a'.repeat(64) }, 'TRAIN_SHA256 is for archives'],
    [{ TRAIN_PUSH: 'no' }, 'TRAIN_PUSH is "no", expected true or false'],
    [{ TRAIN_WORK: '/a,b' }, 'comma'],
  ])('refuses %j', (env, message) => {
    expect(() => read(env as Record<string, string>)).toThrow(message);
  });

  it('hands the training what it knows, and hides the cards from one on the processor', () => {
    const env = {
      TRAIN_DATA: 'datasets/a/',
      TRAIN_DEVICE: 'cpu',
      TRAIN_PUSH: 'true',
      TRAIN_EPOCHS: '3',
      HOME: '/h',
    };
    expect(trainingEnvironment(env, { device: 'cpu' })).toEqual({
      TRAIN_EPOCHS: '3',
      HOME: '/h',
      CUDA_VISIBLE_DEVICES: '-1',
    });
    expect(trainingEnvironment(env, { device: 'gpu' })).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
  });
});
