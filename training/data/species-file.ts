/**
 * @module training/data/species-file
 * A file that says which breed is of which species.
 */
import { readFile } from 'node:fs/promises';
import { DataError } from '../../core/errors.ts';
import { nameKey } from './class-names.ts';
import type { Species } from './species.ts';

const SPECIES: readonly string[] = ['cat', 'dog', 'other'] satisfies Species[];

/**
 * Reads `path`: lines `breed,species` (a tab or a semicolon does too; `#` begins a comment, a head line is
 * passed over), or JSON, `{"Beagle": "dog"}` or `[{"breed": "Beagle", "species": "dog"}]`. Keys of the result
 * are those of {@link nameKey}.
 *
 * Throws {@link DataError} that names a breed that isn't among `breeds`, a species that is none of cat, dog and
 * other, a breed with two species, or a line of another form.
 */
export async function readSpeciesFile(
  path: string,
  { breeds }: { breeds: readonly string[] },
): Promise<Map<string, Species>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new DataError(`--species names ${path}, which can't be read.`, { cause: error });
  });
  const known = new Set(breeds.map(nameKey));
  const given = new Map<string, Species>();
  for (const { breed, species, at } of parse(text.replace(/^\uFEFF/, ''), path)) {
    const key = nameKey(breed);
    if (!known.has(key)) {
      throw new DataError(
        `${at}: there is no breed ${JSON.stringify(breed)} in the photographs, only ${breeds.join(', ')}.`,
      );
    }
    if (!SPECIES.includes(species)) {
      throw new DataError(`${at}: ${breed} is ${JSON.stringify(species)}, expected cat, dog or other.`);
    }
    if (given.has(key) && given.get(key) !== species) {
      throw new DataError(`${at}: ${breed} is ${species} here and ${given.get(key)} before.`);
    }
    given.set(key, species as Species);
  }
  return given;
}

interface Row {
  breed: string;
  species: string;
  /** Where it stands, for messages. */
  at: string;
}

function parse(text: string, path: string): Row[] {
  return /^\s*[[{]/.test(text) ? parseJson(text, path) : parseLines(text, path);
}

function parseLines(text: string, path: string): Row[] {
  const rows: Row[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const content = line.replace(/#.*/, '').trim();
    if (content === '') continue;
    const cells = content.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const at = `${path}, line ${i + 1}`;
    if (cells.length !== 2)
      throw new DataError(`${at}: ${JSON.stringify(content)} isn't of the form breed,species.`);
    if (rows.length === 0 && cells[1]!.toLowerCase() === 'species') continue;
    rows.push({ breed: cells[0]!, species: cells[1]!.toLowerCase(), at });
  }
  return rows;
}

function parseJson(text: string, path: string): Row[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${path} is not valid JSON.`, { cause: error });
  }
  const rows: unknown[] = Array.isArray(json)
    ? json
    : Object.entries(json as object).map(([breed, species]) => ({ breed, species }));
  return rows.map((row) => {
    const { breed, species } = (row ?? {}) as Record<string, unknown>;
    if (typeof breed !== 'string' || typeof species !== 'string') {
      throw new DataError(
        `${path}: ${JSON.stringify(row)} isn't of the form {"breed": "…", "species": "…"}.`,
      );
    }
    return { breed, species: species.toLowerCase(), at: path };
  });
}
