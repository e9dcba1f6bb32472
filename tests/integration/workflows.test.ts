/**
 * The workflows of GitHub Actions by their structure: what they name is there, what they may is little, and no secret is
 * in them. And the scripts that they run, with stand-ins for `az`, `azd` and `npm`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../helpers/processes.ts';

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

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

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
      for (const [, file] of run.matchAll(
        /(?:^|\s)(\.ci\/\w+|\.github\/[\w.-]+|scripts\/[\w/.-]+|training\/[\w/.-]+)/g,
      )) {
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
      at('ask-service.sh'),
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
    const again = steps[order[5]! + 1]!;
    expect(again.run).toBe('bash .github/ask-service.sh');
    expect(again.if).toBe(back.if);
    expect(readFileSync(join(ROOT, 'azure.yaml'), 'utf8')).toContain('dist/pawprint.zip');
  });

  it('lets a service without a model pass only where nothing was deployed before', () => {
    const ask = steps[at('ask-service.sh')]!;
    expect(ask.run).toBe('bash .github/ask-service.sh $ALLOW_NO_MODEL');
    expect(ask.env!.ALLOW_NO_MODEL).toMatch(
      /^\$\{\{ steps\.former\.outputs\.found != 'true' && '--allow-no-model' \|\| '' \}\}$/,
    );
    expect(texts.get('deploy.yml')!.match(/--allow-no-model/g)).toHaveLength(1);
  });
});

describe('training-image.yml', () => {
  const { jobs, on } = named('training-image.yml');
  const { steps } = jobs.image!;

  it('builds what CI has tested', () => {
    expect(on.workflow_run).toMatchObject({ workflows: [named('ci.yml').name], branches: ['main'] });
    expect(Object.keys(on).sort()).toEqual(['workflow_dispatch', 'workflow_run']);
    expect(jobs.image!.if).toContain("github.event.workflow_run.conclusion == 'success'");
    const checkout = steps.find(({ uses }) => uses?.startsWith('actions/checkout@'))!;
    expect(checkout.with!.ref).toContain('github.event.workflow_run.head_sha');
    const build = steps.find(({ id }) => id === 'build')!;
    expect(build.if).toBe("steps.known.outputs.digest == ''");
    expect(build.with!.tags).toMatch(/\/pawprint-training:\$\{\{ steps\.known\.outputs\.tag \}\}$/m);
    expect(JSON.stringify(build.with)).not.toContain('github.sha');
  });

  it('hashes every file that the image is made of', () => {
    const dockerfile = readFileSync(join(ROOT, 'training', 'Dockerfile'), 'utf8');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list]) =>
      list!.split(' '),
    );
    expect(copied.length).toBeGreaterThan(8);
    const script = readFileSync(join(ROOT, '.github', 'find-training-image.sh'), 'utf8');
    const hashed = /HEAD -- ([^)]+)\)/.exec(script)![1]!.split(/[\s\\]+/);
    for (const path of hashed)
      expect({ path, isThere: existsSync(join(ROOT, path)) }).toEqual({ path, isThere: true });
    const missing = copied.filter(
      (path) => !hashed.some((one) => path === one || path.startsWith(`${one}/`)),
    );
    expect(missing).toEqual([]);
  });

  it('takes an image that the registry has, and builds where it has none or a person asks', () => {
    const find = (env: Record<string, string>, az: string) => {
      const bin = standIns({ az });
      return shell('.github/find-training-image.sh', {
        PATH: `${bin}:${process.env.PATH}`,
        REGISTRY: 'crpets',
        ...env,
      });
    };
    const there = 'echo "$@" >&2; echo sha256:abc';
    const found = find({ GITHUB_EVENT_NAME: 'workflow_run' }, there);
    expect(found.stdout).toMatch(/^tag=inputs-[0-9a-f]{32}\ndigest=sha256:abc\n$/);
    const tag = /inputs-\w+/.exec(found.stdout)![0];
    expect(found.stderr).toContain(`acr repository show --name crpets --image pawprint-training:${tag} `);
    expect(find({ GITHUB_EVENT_NAME: 'workflow_run' }, 'exit 1').stdout).toBe(`tag=${tag}\ndigest=\n`);
    expect(find({ GITHUB_EVENT_NAME: 'workflow_dispatch' }, there).stdout).toBe(`tag=${tag}\ndigest=\n`);
  });
});

describe('.github/ask-service.sh', () => {
  /** Runs it with an app of these settings; the line with which smoke is started is its last. */
  const askService = (
    settings: Record<string, string>,
    env: Record<string, string> = {},
    words: string[] = [],
  ) => {
    const list = JSON.stringify(
      Object.entries(settings).map(([name, value]) => ({ name, value, slotSetting: false })),
    );
    const az = `case "$*" in
      "functionapp config appsettings list --resource-group rg-pets --name func-pets --output json") echo '${list}';;
      "functionapp keys list --resource-group rg-pets --name func-pets --query functionKeys.default --output tsv") echo key-of-clients;;
      "functionapp keys list --resource-group rg-pets --name func-pets --query masterKey --output tsv") echo key-of-all;;
      "account get-access-token --resource api://pawprint --query accessToken --output tsv") echo a.good.token;;
      *) echo "az $*: not expected" >&2; exit 3;;
    esac`;
    const azd = '[ "$*" = "env get-value SERVICE_URL" ] && echo https://pets.azurefd.example';
    const npm = 'echo "$* KEY=$SMOKE_KEY TOKEN=$SMOKE_TOKEN"';
    const bin = standIns({ az, azd, npm });
    const all = {
      AZURE_RESOURCE_GROUP: 'rg-pets',
      FUNCTION_APP: 'func-pets',
      PATH: `${bin}:${process.env.PATH}`,
      ...env,
    };
    return shell('.github/ask-service.sh', all, words);
  };
  const SMOKE = 'run smoke -- https://pets.azurefd.example --auth';

  test.each<[string, Record<string, string>, Record<string, string>, string, string | null]>([
    [
      'a key',
      { CLASSIFY_AUTH_LEVEL: 'function' },
      {},
      'key --wait 300 KEY=key-of-clients TOKEN=',
      'key-of-clients',
    ],
    ['a key by default', {}, {}, 'key --wait 300 KEY=key-of-clients TOKEN=', 'key-of-clients'],
    [
      'the master key',
      { CLASSIFY_AUTH_LEVEL: 'admin' },
      {},
      'key --wait 300 KEY=key-of-all TOKEN=',
      'key-of-all',
    ],
    ['nothing', { CLASSIFY_AUTH_LEVEL: 'anonymous' }, {}, 'none --wait 300 KEY= TOKEN=', null],
    [
      'a token that it has not',
      { CLASSIFY_AUTH_LEVEL: 'anonymous', AUTH_ISSUER: 'https://issuer.example' },
      { SMOKE_TOKEN_RESOURCE: '' },
      'token --wait 300 KEY= TOKEN=',
      null,
    ],
    [
      'a token that it gets',
      { CLASSIFY_AUTH_LEVEL: 'anonymous', AUTH_ISSUER: 'https://issuer.example' },
      { SMOKE_TOKEN_RESOURCE: 'api://pawprint' },
      'token --wait 300 KEY= TOKEN=a.good.token',
      'a.good.token',
    ],
  ])('asks with %s, at the address of clients', (_kind, settings, env, expected, hidden) => {
    const { status, stdout, stderr } = askService(settings, env);
    expect([status, stderr]).toEqual([0, '']);
    // Hidden before it is used.
    const mask = hidden === null ? '' : `::add-mask::${hidden}\n`;
    expect(stdout).toBe(`${mask}${SMOKE} ${expected}\n`);
  });

  it('hands its options on, and ends where the app can not be asked', () => {
    const allowed = askService({ CLASSIFY_AUTH_LEVEL: 'anonymous' }, {}, ['--allow-no-model']);
    expect(allowed.stdout).toContain(`${SMOKE} none --wait 300 --allow-no-model KEY`);
    const { status, stdout, stderr } = askService({}, { FUNCTION_APP: 'func-dogs' });
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('func-dogs');
  });
});

/** A folder with these commands in it, each a few lines of shell. */
function standIns(commands: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'pawprint-commands-'));
  folders.push(folder);
  for (const [name, code] of Object.entries(commands)) {
    writeFileSync(join(folder, name), `#!/bin/bash\n${code}\n`, { mode: 0o755 });
  }
  return folder;
}

function shell(script: string, env: Record<string, string>, words: string[] = []) {
  return spawnSync('bash', [script, ...words], { cwd: ROOT, encoding: 'utf8', env });
}
