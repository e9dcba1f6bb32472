/**
 * The workflows of GitHub Actions by their structure: what they name is there, what they may is little, and no secret is
 * in them. And the smoke test that one of them runs, against the app in our own host.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startAppHost } from '../helpers/app-host.ts';
import { ROOT, startNode, stopAll } from '../helpers/processes.ts';
import { type ServedApp, startServedApp } from '../helpers/served-app.ts';

interface Step {
  name?: string;
  id?: string;
  uses?: string;
  run?: string;
  if?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}
interface Job {
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  environment?: string;
  if?: string;
  steps: Step[];
}
interface Workflow {
  name: string;
  on: Record<string, Record<string, string[]> | null>;
  permissions: Record<string, string>;
  concurrency: { group: string; 'cancel-in-progress': boolean | string };
  jobs: Record<string, Job>;
}

const FOLDER = join(ROOT, '.github', 'workflows');
const texts = new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]));
const workflows = [...texts].map(([name, text]) => [name, parse(text) as Workflow] as const);
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const named = (name: string) => new Map(workflows).get(name)!;

it('are the three', () => {
  expect([...texts.keys()].sort()).toEqual(['ci.yml', 'deploy.yml', 'training-image.yml']);
});

describe.each(workflows)('%s', (name, workflow) => {
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  it('may read the code, and a job with a token for Azure has no other right to write', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const { permissions = {}, steps: own } of jobs) {
      const writes = Object.entries(permissions).filter(([, right]) => right !== 'read');
      const logsIn = own.some(({ uses }) => uses?.startsWith('azure/login@'));
      expect(writes).toEqual(logsIn ? [['id-token', 'write']] : []);
    }
  });

  it('has a concurrency group, and a time-out for each job', () => {
    expect(workflow.concurrency.group).toBeTruthy();
    for (const job of jobs) expect(job['timeout-minutes']).toBeLessThanOrEqual(90);
  });

  it('pins its actions, and leaves no token in the checkout', () => {
    for (const { uses, with: inputs } of steps) {
      if (uses === undefined) continue;
      expect(uses).toMatch(/^(actions|azure|Azure|docker)\/[a-z-]+@(v\d+|[0-9a-f]{40})$/);
      if (uses.startsWith('actions/checkout@'))
        expect(inputs).toMatchObject({ 'persist-credentials': false });
    }
  });

  it('runs scripts and files that are there', () => {
    for (const { run = '', with: inputs } of steps) {
      for (const [, script] of run.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
        expect(scripts).toHaveProperty([script!]);
      for (const [, file] of run.matchAll(/(?:^|\s)(\.ci\/\w+|scripts\/[\w/.-]+|training\/[\w/.-]+)/g)) {
        expect(existsSync(join(ROOT, file!))).toBe(true);
      }
      if (inputs?.file) expect(existsSync(join(ROOT, String(inputs.file)))).toBe(true);
    }
    for (const path of [...(workflow.on.push?.paths ?? []), ...filesHashed(texts.get(name)!)]) {
      expect({ path, isThere: existsSync(join(ROOT, path.replace(/\/\*\*$/, ''))) }).toEqual({
        path,
        isThere: true,
      });
    }
  });

  it('uses no secret: ids are variables, and Azure trusts the token of the run', () => {
    expect(JSON.stringify(workflow)).not.toMatch(/secrets\.|password|connection.?string|"creds"/i);
    for (const { uses, with: inputs } of steps) {
      if (!uses?.startsWith('azure/login@')) continue;
      expect(Object.keys(inputs!).sort()).toEqual(['client-id', 'subscription-id', 'tenant-id']);
    }
  });

  it('puts nothing from outside into a shell', () => {
    // What a branch or a message is called would become part of the script; env hands it over as a value.
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });

  it('uses only outputs of steps that come before', () => {
    for (const { steps: own } of jobs) {
      for (const [at, step] of own.entries()) {
        const before = own.slice(0, at).flatMap(({ id }) => id ?? []);
        for (const [, id] of JSON.stringify(step).matchAll(/\bsteps\.([\w-]+)\./g))
          expect(before).toContain(id);
      }
    }
  });
});

/** Files whose hash is a key of a cache. */
function filesHashed(text: string): string[] {
  return [...text.matchAll(/hashFiles\(([^)]*)\)/g)].flatMap(([, list]) =>
    [...list!.matchAll(/'([^']+)'/g)].map(([, path]) => path!),
  );
}

describe('deploy.yml', () => {
  const { jobs, on, concurrency } = named('deploy.yml');
  const { steps } = jobs.deploy!;
  const at = (part: string) => steps.findIndex(({ run }) => run?.includes(part));

  it('deploys what CI has tested, one at a time', () => {
    expect(on.workflow_run).toMatchObject({ workflows: [named('ci.yml').name], branches: ['main'] });
    expect(jobs.deploy!.if).toContain("github.event.workflow_run.conclusion == 'success'");
    expect(concurrency['cancel-in-progress']).toBe(false);
    const checkout = steps.find(({ uses }) => uses?.startsWith('actions/checkout@'))!;
    expect(checkout.with!.ref).toContain('github.event.workflow_run.head_sha');
  });

  it('finds the former package first, keeps one that works, and puts the former one back on failure', () => {
    const order = [
      at('npm run package'),
      at('gh run download'),
      at('--from-package dist/pawprint.zip'),
      at('npm run smoke'),
      steps.findIndex(({ uses }) => uses?.startsWith('actions/upload-artifact@')),
      at('--from-package former/pawprint.zip'),
    ];
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    const upload = steps[order[4]!]!;
    // Only what passed the smoke test is a package to go back to.
    expect(upload.if).toBeUndefined();
    expect(upload.with).toMatchObject({ name: 'package', path: 'dist/pawprint.zip' });
    expect(steps[order[1]!]!.run).toContain('--name package --dir former');
    const back = steps[order[5]!]!;
    expect(back.if).toMatch(/^failure\(\) && steps\.former\.outputs\.found == 'true'/);
    expect(steps[order[5]! + 1]!.run).toContain('npm run smoke');
    expect(readFileSync(join(ROOT, 'azure.yaml'), 'utf8')).toContain('dist/pawprint.zip');
  });

  it('hides the key before it is used', () => {
    for (const { run = '' } of steps.filter((step) => step.run?.includes('keys list'))) {
      expect(run.indexOf('::add-mask::')).toBeGreaterThan(run.indexOf('keys list'));
      expect(run.indexOf('::add-mask::')).toBeLessThan(run.indexOf('npm run smoke'));
    }
  });
});

describe('npm run smoke', () => {
  let app: ServedApp;
  beforeAll(async () => {
    app = await startServedApp();
  }, 120_000);
  afterAll(async () => {
    await app.stop();
    await stopAll();
  });

  const smoke = async (words: string[], env: Record<string, string> = {}) => {
    const child = startNode(['scripts/smoke.ts', ...words], { SMOKE_KEY: '', ...env });
    return { code: await child.ended, output: child.output() };
  };

  it('passes a service that works, and names the model and the breeds', async () => {
    const { code, output } = await smoke([app.url]);
    expect(output).toContain(`ready: model ${app.versions[0]}`);
    expect(output).toContain('415 for what is no photograph');
    expect(output).toMatch(/200 for a photograph: \S+ [01]\.\d{3}, .* ms\)/);
    expect(code).toBe(0);
  }, 60_000);

  it('fails for a service that answers without a key that it should ask for, and does not print the key', async () => {
    const { code, output } = await smoke([app.url], { SMOKE_KEY: 'a-key-of-somebody' });
    expect(output).toContain('/api/classify without a key: expected 401, got 200');
    expect(output).not.toContain('a-key-of-somebody');
    expect(code).toBe(1);
  }, 60_000);

  it('fails for nobody there, and for an address that is none', async () => {
    const { code, output } = await smoke(['http://127.0.0.1:9', '--wait', '1']);
    expect(output).toContain('did not answer as it should within 1 s');
    expect(code).toBe(1);
    expect((await smoke(['pawprint.example.org'])).code).toBe(2);
  }, 60_000);

  it('passes a service without a model only where that is allowed', async () => {
    const empty = await startAppHost();
    try {
      const allowed = await smoke([empty.url, '--wait', '20', '--allow-no-model']);
      expect(allowed).toMatchObject({ code: 0, output: expect.stringContaining('no model yet') as string });
      const refused = await smoke([empty.url, '--wait', '3']);
      expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('503') as string });
    } finally {
      await empty.stop();
    }
  }, 120_000);
});
