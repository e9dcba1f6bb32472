import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { compareFindings, flatTemplate, parseExplanations, readReport } from '../../scripts/bicep/checkov.ts';
import { findCompiler, locateCompiler } from '../../scripts/bicep/compiler.ts';
import { setVariables, variablesOf } from '../../scripts/bicep/parameters.ts';
import { CompilerServer } from '../../scripts/bicep/server.ts';

const ROOT = join(__dirname, '..', '..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-compiler-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program at `path` in the folder. */
function program(path: string, script: string): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('the compiler', () => {
  test('is the setting, then the PATH, then that of the Azure CLI', () => {
    const onPath = program('path/bicep', 'true');
    const ofCli = program('azure/bin/bicep', 'true');
    const env = { PATH: `/nowhere:${join(folder, 'path')}`, AZURE_CONFIG_DIR: join(folder, 'azure') };
    expect(locateCompiler({ ...env, BICEP: '/my/bicep' })).toBe('/my/bicep');
    expect(locateCompiler(env)).toBe(onPath);
    expect(locateCompiler({ ...env, PATH: '/nowhere' })).toBe(ofCli);
  });

  test('that is nowhere is asked for by the three names', async () => {
    const env = { PATH: '/nowhere', AZURE_CONFIG_DIR: folder };
    await expect(findCompiler(env)).rejects.toThrow(/BICEP .*PATH.*az bicep install/);
  });

  test('that BICEP names and that is not there is named', async () => {
    await expect(findCompiler({ BICEP: join(folder, 'none') })).rejects.toThrow(/none can't be started/);
  });

  test('that is something else is named', async () => {
    const BICEP = program('bicep', 'echo hello');
    await expect(findCompiler({ BICEP })).rejects.toThrow(
      /BICEP \(.*bicep\) is no Bicep compiler that runs: it answers "hello"/,
    );
  });

  test('that is too old is told to be upgraded', async () => {
    const BICEP = program('bicep', 'echo "Bicep CLI version 0.30.3 (abc)"');
    await expect(findCompiler({ BICEP })).rejects.toThrow(
      /0\.30\.3; 0\.49 or newer is needed.*az bicep upgrade/,
    );
  });

  test('is told that it has no libicu', async () => {
    const BICEP = program('bicep', 'echo "Bicep CLI version 0.49.$DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"');
    expect((await findCompiler({ BICEP, PATH: process.env.PATH })).version).toBe('0.49.1');
  });

  test('that ends in the middle fails what it was asked, with its last words', async () => {
    const server = new CompilerServer({ program: program('bicep', 'echo "out of memory" >&2; exit 3') });
    await expect(server.compile('/x.bicep')).rejects.toThrow(/ended \(3\)\. out of memory/);
    await server.stop();
  });

  test('that talks something else fails what it was asked', async () => {
    const server = new CompilerServer({
      program: program('bicep', 'printf "HTTP/1.1 200 OK\\r\\n\\r\\n"; exec sleep 30'),
    });
    await expect(server.compile('/x.bicep')).rejects.toThrow('speaks no JSON-RPC');
    await server.stop();
  });
});

describe('the parameters file', () => {
  const text = readFileSync(join(ROOT, 'infra', 'main.bicepparam'), 'utf8');

  test('needs the two variables that azd sets, and has a default for the others', () => {
    const variables = [...variablesOf(text)];
    expect(variables.filter(([, value]) => value === undefined).map(([name]) => name)).toEqual([
      'AZURE_ENV_NAME',
      'AZURE_LOCATION',
    ]);
    expect(variables.filter(([name]) => !/^(AZURE|PAWPRINT)_/.test(name))).toEqual([]);
  });

  test('each of its variables is in the documentation', () => {
    const documentation = readFileSync(join(ROOT, 'docs', 'deploy.md'), 'utf8');
    expect([...variablesOf(text).keys()].filter((name) => !documentation.includes(`\`${name}\``))).toEqual(
      [],
    );
  });

  test('gets values, quoted', () => {
    const set = setVariables(
      "param a = readEnvironmentVariable('A', 'x')\nparam b = readEnvironmentVariable('B')",
      {
        B: `it's $${'{b}'}`,
      },
    );
    expect(set).toBe(`param a = 'x'\nparam b = 'it\\'s \\$${'{b}'}'`);
  });

  test('that lacks a variable is named', () => {
    expect(() =>
      setVariables(text, { AZURE_ENV_NAME: 'a', AZURE_LOCATION: 'b', PAWPRINT_TRIANS: 'x' }),
    ).toThrow(/doesn't read PAWPRINT_TRIANS\. It reads AZURE_ENV_NAME/);
    expect(() => setVariables(text, {})).toThrow('needs AZURE_ENV_NAME');
  });
});

describe('the table of costs', () => {
  const rows = readFileSync(join(ROOT, 'docs', 'deploy.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\|.*\| p\d+\b/.test(line));
  const names = [...new Set(rows.map((row) => /\| (p\d+)\b/.exec(row)![1]!))];

  test.each(names)('has a price with its source and date for %s, or says that there is none', (name) => {
    const own = rows.filter((row) => row.includes(`| ${name} `));
    const isKnown = own.some((row) => /\| p\d+ = \$ [\d.]+ .*\|.*\w+\.\w+.*20\d\d-\d\d-\d\d/.test(row));
    const isMissing = own.some((row) => row.includes('not found, fill in'));
    expect(isKnown).not.toBe(isMissing);
  });

  test('has every price that the formulas take', () => {
    const text = readFileSync(join(ROOT, 'docs', 'deploy.md'), 'utf8');
    const taken = [...text.matchAll(/^ {4}.* = .*$/gm)].flatMap(([line]) => line.match(/\bp\d+\b/g) ?? []);
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('azure.yaml', () => {
  const project = parse(readFileSync(join(ROOT, 'azure.yaml'), 'utf8'));

  // Field case 61: events are subscribed to after the code is deployed.
  test('packages before the deployment and subscribes after it', () => {
    for (const system of ['posix', 'windows']) {
      expect(project.hooks.predeploy[system].run).toBe('npm run package');
      expect(project.hooks.postdeploy[system].run).toMatch(/scripts\/infra-events\.ts$/);
    }
    expect(Object.keys(project.hooks)).toEqual(['predeploy', 'postdeploy']);
  });

  test('deploys the package that is made here', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(scripts.package).toContain('scripts/package.ts');
    expect(readFileSync(join(ROOT, 'scripts', 'package.ts'), 'utf8')).toContain(
      "join(ROOT, 'dist', 'pawprint.zip')",
    );
    expect(project.workflows.up.steps.map(({ azd }: { azd: string }) => azd)).toEqual([
      'provision',
      'deploy api --from-package dist/pawprint.zip',
    ]);
    // Without remoteBuild azd has npm install run on Azure, over the packages for linux-x64 in the zip.
    expect(project.services.api).toEqual({
      project: '.',
      host: 'function',
      language: 'js',
      remoteBuild: false,
    });
    // Before 1.23.5 azd does not know it.
    expect(readFileSync(join(ROOT, 'docs', 'deploy.md'), 'utf8')).toContain('azd 1.23.5');
  });
});

describe('Checkov', () => {
  const finding = { check: 'CKV_AZURE_1', title: 'a title', type: 'Microsoft.Web/sites', name: 'func' };
  const explanation = {
    check: 'CKV_AZURE_1',
    resource: 'Microsoft.Web/sites',
    reason: 'a reason that is long enough',
  };

  test('explains what is written, of that kind of resource only', () => {
    expect(compareFindings([finding], [explanation])).toEqual({ unexplained: [], stale: [] });
    const other = { ...finding, type: 'Microsoft.Web/sites/config' };
    expect(compareFindings([other], [explanation])).toEqual({ unexplained: [other], stale: [explanation] });
  });

  test('every explanation has a reason, and none is there twice', () => {
    const written = parseExplanations(parse(readFileSync(join(ROOT, 'infra', 'checkov.yaml'), 'utf8')));
    expect(new Set(written.map(({ check, resource }) => `${check} ${resource}`)).size).toBe(written.length);
    expect(() => parseExplanations([{ ...explanation, reason: '' }])).toThrow(/entry 0\.reason/);
  });

  test('reads type and name of what was found', () => {
    const report = {
      summary: { passed: 1, failed: 1, parsing_errors: 0 },
      results: {
        failed_checks: [
          { check_id: 'CKV_AZURE_1', check_name: 'a title', resource: 'Microsoft.Web/sites.func' },
        ],
      },
    };
    expect(readReport(JSON.stringify(report)).findings).toEqual([finding]);
  });

  test.each([
    ['nothing was looked at', '{"passed": 0, "failed": 0, "resource_count": 0}'],
    [
      'a template can not be read',
      '{"summary": {"passed": 1, "failed": 0, "parsing_errors": 1}, "results": {"failed_checks": []}}',
    ],
  ])('is not taken for content where %s', (_, output) => {
    expect(() => readReport(output)).toThrow(/Checkov/);
  });

  test('gets the resources as a list, without the ids that ARM makes', () => {
    const resource = { id: '/x', type: 'Microsoft.Web/sites', name: 'func', apiVersion: '1' };
    const template = flatTemplate({ predictedResources: [resource], diagnostics: [] });
    expect(template).toMatchObject({ resources: [{ type: 'Microsoft.Web/sites', name: 'func' }] });
    expect(JSON.stringify(template)).not.toContain('"id"');
  });
});
