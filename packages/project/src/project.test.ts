import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GoldcrestClient } from '@goldcrest/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyProject } from './apply.js';
import { runCommand } from './command.js';
import { readProject } from './read.js';
import { parseTests } from './tests.js';

/** Nobody listens there, so whatever is found before a request is found without one. */
const NOWHERE = 'http://127.0.0.1:9';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'goldcrest-project-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(directory, dirname(path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

async function run(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const [out, err]: string[][] = [[], []];
  const code = await runCommand(
    args,
    (line) => out?.push(line),
    (line) => err?.push(line),
  );
  return { code, out: out ?? [], err: err ?? [] };
}

describe('reading a folder', () => {
  test('[GD-01] [DF-10] takes every datafile below it with what it includes, and nothing that is hidden or installed', async () => {
    await write({
      'datasources/a.datasource': 'SCHEMA >\n  `x` Int8 `json:$.x`\n',
      'deep/er/b.pipe': 'INCLUDE "../../shared/n.incl" "NAME=only"\n',
      'shared/n.incl': "NODE $NAME\nSQL >\n  SELECT '$" + "{WHO}' AS who\n",
      '.hidden/c.pipe': 'no datafile',
      'node_modules/p/d.pipe': 'no datafile',
      'notes.txt': 'no datafile',
    });
    const { datasources, pipes } = await readProject(directory, { WHO: 'me' });
    expect(datasources.map(({ name }) => name)).toEqual(['a']);
    expect(pipes.map(({ name, nodes }) => [name, nodes[0]?.name, nodes[0]?.sql.text])).toEqual([
      ['b', 'only', "SELECT 'me' AS who"],
    ]);
  });

  test('[DF-19] reports the problems of all files with their places', async () => {
    await write({ 'a.datasource': 'SCHEMA >\n  `x`\n', 'p/b.pipe': 'NODE n\n' });
    await expect(readProject(directory)).rejects.toMatchObject({
      name: 'ProjectError',
      message: expect.stringMatching(
        /^a\.datasource:2:\d+: SCHEMA: .*\np\/b\.pipe:1:1: The node "n" has no SQL\./,
      ),
    });
  });
});

test.each([
  [
    'a copy',
    'p.pipe',
    'NODE n\nSQL >\n  SELECT 1\nTYPE copy\nTARGET_DATASOURCE d\n',
    'p.pipe:1:1: Nodes of TYPE copy can not be applied.',
  ],
  [
    'a sink',
    'p.pipe',
    'NODE n\nSQL >\n  SELECT 1\nTYPE sink\nEXPORT_SERVICE kafka\nEXPORT_CONNECTION_NAME c\nEXPORT_KAFKA_TOPIC t\nEXPORT_SCHEDULE @on-demand\n',
    'p.pipe:1:1: Nodes of TYPE sink can not be applied.',
  ],
  ['a token', 'deep/p.pipe', 'TOKEN "t" READ\nNODE n\nSQL >\n  SELECT 1\n', 'deep/p.pipe:1:1'],
  [
    'a token of a Data Source',
    'd.datasource',
    'TOKEN "t" APPEND\nSCHEMA >\n  `x` Int8\n',
    'd.datasource:1:1',
  ],
  ['another Workspace', 'd.datasource', 'SCHEMA >\n  `x` Int8\nSHARED_WITH >\n  other\n', 'd.datasource:4'],
])('%s can not be applied: it says so before anything is made', async (_what, file, text, place) => {
  await write({ [file]: text });
  const client = new GoldcrestClient({ host: NOWHERE, token: 'p.x' });
  const applying = applyProject(client, await readProject(directory));
  await expect(applying).rejects.toMatchObject({
    name: 'ProjectError',
    message: expect.stringContaining(place),
  });
});

describe('tests of endpoints', () => {
  test('are read with what may be left out', () => {
    const text =
      '- name: a\n  parameters: x=1&x=2\n  expected_result: |\n    {"x":1}\n- name: b\n  expected_http_status: 400\n';
    expect(parseTests(text, 'some/top.yaml')).toEqual([
      { pipe: 'top', name: 'a', parameters: 'x=1&x=2', expected: '{"x":1}', status: 200 },
      { pipe: 'top', name: 'b', parameters: '', expected: '', status: 400 },
    ]);
  });

  test.each([
    ['name: a', 'top.yaml is not a list of tests.'],
    ['- name: 5', 'top.yaml: test 1 needs name, parameters and expected_result as texts.'],
    ['- name: a\n  expected_http_status: four', 'top.yaml: the status of a is not a number.'],
    ['- "', 'top.yaml: Missing closing "quote'],
  ])('%j is refused', (text, message) => {
    expect(() => parseTests(text, 'top.yaml')).toThrow(message);
  });
});

describe('the command', () => {
  test('explains itself', async () => {
    const { code, out } = await run('--help');
    expect([code, out.join()]).toEqual([
      0,
      expect.stringContaining('npm run --silent apply -- folder [options]'),
    ]);
  });

  test.each([
    [[], 'One folder has to be named. See --help.'],
    [['a', 'b'], 'One folder has to be named. See --help.'],
    [['--colour'], "Unknown option '--colour'"],
    [['a', '--url', 'ftp://x'], '--url is `ftp://x`. Allowed: a URL that begins with http:// or https://.'],
    [['a/folder/that/is/not'], 'There is no folder a/folder/that/is/not.'],
  ])('refuses %j', async (args: string[], reason) => {
    const { code, out, err } = await run(...args);
    expect([code, out, err.join()]).toEqual([2, [], expect.stringContaining(`apply: ${reason}`)]);
  });

  test('says so when no server answers, and what is wrong in the files before it asks one', async () => {
    await write({ 'p.pipe': 'NODE n\n' });
    const wrong = await run(directory, '--url', NOWHERE);
    expect([wrong.code, wrong.err.join()]).toEqual([1, expect.stringMatching(/^apply: p\.pipe:1:1: /)]);
    await write({ 'p.pipe': 'NODE n\nSQL >\n  SELECT 1\n' });
    const alone = await run(directory, '--url', NOWHERE);
    expect([alone.code, alone.err.join()]).toEqual([
      1,
      expect.stringMatching(/^apply: fetch failed .*Is the server running\?$/),
    ]);
  });
});
