/**
 * @module tests/helpers/render-report
 * Renders the report of drawn photographs in a process of its own: Vega is ESM, which Jest can't load.
 *
 *     node tests/helpers/render-report.ts FOLDER [off]
 *
 * Writes report.html and model-card.md into FOLDER; with `off`, without pictures.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeReport } from '../../training/report/make-report.ts';
import { drawPhotograph } from './drawn-photographs.ts';
import { aReportInput } from './report-input.ts';

const [folder, pictures] = process.argv.slice(2);
const root = join(folder!, 'photographs');
const input = aReportInput({ root, showPictures: pictures !== 'off' });
// The last photograph is gone, as where a folder was moved during the run.
for (const { path, label } of input.evaluation.slice(0, -1)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), await drawPhotograph([40 * label, 90, 200], path));
}
const { report, modelCard } = await makeReport(input);
writeFileSync(join(folder!, 'report.html'), report);
writeFileSync(join(folder!, 'model-card.md'), modelCard);
