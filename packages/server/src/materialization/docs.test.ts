import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';

const page = readFileSync(new URL('../../../../docs/materialized-views.md', import.meta.url), 'utf8');
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

test('[MV-01] [MV-04] [MZ-06] the examples of docs/materialized-views.md print what is under them', async () => {
  const scripts = [...page.matchAll(/```bash\n(.*?)```\n(?:\n```\n(.*?)```)?/gs)];
  expect(scripts).toHaveLength(2);
  for (const [, script = '', output = ''] of scripts) {
    const set = `HOST=${server.url}\nTOKEN=${server.token}\n`;
    const { stdout } = await promisify(execFile)('bash', ['-ec', set + script]);
    expect(stdout.slice(stdout.length - output.length)).toBe(output);
    expect(stdout).not.toContain('"error"');
  }
});
