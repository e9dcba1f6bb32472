/** `npm run test:contract` where Schemathesis can't be had, and its configuration against the document. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { servedDocument } from '../../../functions/openapi/served-document.ts';
import { ROOT, startNode, stopAll } from '../../helpers/processes.ts';

afterAll(stopAll);

it('says what is missing and ends well where there is no Python', async () => {
  const running = startNode(['scripts/test-contract.ts'], { PATH: '' });
  expect(await running.ended).toBe(0);
  expect(running.output()).toBe('The contract test was skipped: Python 3 is not there.\n');
});

// An operation of another name would be tested without what its part of the configuration says.
it('configures operations that the document has', () => {
  const configuration = readFileSync(join(ROOT, 'scripts/contract/schemathesis.toml'), 'utf8');
  const configured = [...configuration.matchAll(/^include-operation-id = "(.*)"$/gm)].map(([, id]) => id);
  const operations = Object.values(servedDocument().paths).flatMap((methods) => Object.values(methods));
  const ids = operations.map(({ operationId }) => operationId);
  expect(configured.length).toBeGreaterThan(0);
  expect(configured.filter((id) => !ids.includes(id!))).toEqual([]);
});

it('has a key for each way to give one', () => {
  const configuration = readFileSync(join(ROOT, 'scripts/contract/schemathesis.toml'), 'utf8');
  for (const scheme of Object.keys(servedDocument().components.securitySchemes)) {
    expect(configuration).toMatch(new RegExp(`^${scheme} = `, 'm'));
  }
});
