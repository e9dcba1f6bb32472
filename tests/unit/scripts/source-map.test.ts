import { rebaseSourceMap } from '../../../scripts/package/files.ts';

const homes = { folder: '/tmp/build-x/dist', home: '/app/dist' };

function rebased(map: object) {
  return JSON.parse(rebaseSourceMap(Buffer.from(JSON.stringify(map)), homes).toString());
}

// Field case 69: the text of packages was 1.5 MB of the zip's 30.
test('a deployed source map has our own text and leaves out that of packages, whose lines a stack names anyway', () => {
  const sources = [
    '../../../app/functions/classify.ts',
    '../../../app/node_modules/zod/index.js',
    'webpack://@azure/functions/src/app.ts',
    '../../../app/core/node_modules_of_ours.ts',
  ];
  const map = rebased({ version: 3, sources, sourcesContent: ['a', 'b', 'c', 'd'], mappings: 'AAAA' });
  expect(map).toEqual({
    version: 3,
    sources: [
      '../functions/classify.ts',
      '../node_modules/zod/index.js',
      'webpack://@azure/functions/src/app.ts',
      '../core/node_modules_of_ours.ts',
    ],
    sourcesContent: ['a', null, null, 'd'],
    mappings: 'AAAA',
  });
});

test('a map without text stays one', () => {
  expect(rebased({ version: 3, sources: ['../../../app/a.ts'] })).toEqual({
    version: 3,
    sources: ['../a.ts'],
  });
});
