/**
 * @module training/data
 * What is in a set of photographs, before it is trained on.
 *
 *     npm run data -- summary ../photographs
 *     npm run data -- summary ../photographs.zip --out sheet.png --species species.csv
 *     npm run data -- summary ../photographs --json             one object, progress on standard error
 */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigurationError, messageOf } from '../core/errors.ts';
import { drawContactSheet } from './data/contact-sheet.ts';
import { readNamed } from './data/read-named.ts';
import { labelsOf } from './data/species.ts';
import { readSpeciesFile } from './data/species-file.ts';
import { formatDataSummary, summarize } from './data/summary.ts';
import { cacheFolder } from './features/cache.ts';
import { openReporter } from './reporter.ts';
import { runCommand } from './run-command.ts';

const USAGE = `Usage: npm run data -- summary DATA [--key value ...]

DATA is what training takes: a folder, an archive, or the https address of one.

  --out FILE      the contact sheet, a PNG (contact-sheet.png)
  --json          one JSON object on standard output instead of lines
  --species FILE  lines breed,species
  --sha256 HEX    that the archive must have`;

interface Options {
  data: string;
  out: string;
  json: boolean;
  species: string;
  sha256: string;
}

async function summary({ data: named, out, json, species, sha256 }: Options): Promise<void> {
  const reporter = openReporter(json ? process.stderr : process.stdout);
  const { title, data } = await readNamed(named, { cache: cacheFolder(process.env), sha256, reporter });
  const breeds = [...data.classes, ...data.leftOut];
  const given = species === '' ? new Map() : await readSpeciesFile(species, { breeds });
  const labels = labelsOf(data.classes, { given });
  const found = summarize(data, labels);
  const sheet = await drawContactSheet(data, labels);
  const path = resolve(out);
  await writeFile(path, sheet.png);
  if (json) return console.log(JSON.stringify({ source: title, ...found, contactSheet: path }));
  for (const line of formatDataSummary(found)) reporter.line(line);
  const untitled = sheet.hasTitles
    ? ''
    : '; this machine has no font for titles (install one: fonts-dejavu-core)';
  reporter.line('');
  reporter.line(`contact sheet  ${path}, ${sheet.width} x ${sheet.height} pixels${untitled}`);
}

function readOptions(words: string[]): Options {
  const text = { type: 'string', default: '' } as const;
  try {
    const { values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        out: { type: 'string', default: 'contact-sheet.png' },
        json: { type: 'boolean', default: false },
        species: text,
        sha256: text,
      },
    });
    const [command, data, ...more] = positionals;
    if (command !== 'summary' || data === undefined || more.length > 0)
      throw new Error('summary DATA is expected');
    return { ...values, data };
  } catch (error) {
    throw new ConfigurationError(`${messageOf(error)}.\n\n${USAGE}`);
  }
}

await runCommand((words) => (words.includes('--help') ? console.log(USAGE) : summary(readOptions(words))));
