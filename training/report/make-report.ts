/**
 * @module training/report/make-report
 * The files of a version that are for people.
 */
import type { ReportInput } from './input.ts';
import { renderModelCard } from './model-card.ts';
import { renderReport } from './page.ts';

/** `report.html` and `model-card.md`. */
export async function makeReport(input: ReportInput): Promise<{ report: string; modelCard: string }> {
  return { report: await renderReport(input), modelCard: renderModelCard(input) };
}
