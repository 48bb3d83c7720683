import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from './testing/harness.js';

/** A command of the README and what is printed under it, if anything is. */
interface Example {
  title: string;
  script: string;
  output: string | undefined;
}

const page = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const tour = page.slice(page.indexOf('## The first five minutes'), page.indexOf('## What works today'));
const [setUp, ...examples] = readExamples(tour);
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

function readExamples(text: string): Example[] {
  const blocks = text.matchAll(/([^\n]+)\n\n```bash\n(.*?)```\n(?:\n```(?:json|csv)\n(.*?)```)?/gs);
  return [...blocks].map(([, title = '', script = '', output]) => ({ title, script, output }));
}

/** Runs a command of the README against the test's server; gives back what it prints, without empty lines. */
async function run(example: Example): Promise<string> {
  const prefix = (setUp?.script ?? '').replace('http://localhost:7181', server.url);
  const { stdout } = await promisify(execFile)('bash', ['-ec', `${prefix}\n${example.script}`]);
  return stdout;
}

describe('the first five minutes of the README', () => {
  test('are four examples, of which the first prints no more than what was made', () => {
    expect(examples.map(({ output }) => output !== undefined)).toEqual([false, true, true, true]);
  });

  test.each(examples)('$title', async (example) => {
    const printed = await run(example);
    const { output } = example;
    if (output === undefined)
      expect(JSON.parse(printed)).toMatchObject({ datasource: { name: 'page_views' } });
    else expect(printed.trimEnd().slice(-output.trimEnd().length)).toBe(output.trimEnd());
  });
});
