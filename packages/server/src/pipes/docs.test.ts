import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';

const page = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
const section = page.slice(page.indexOf('## Pipes\n'), page.indexOf('## Endpoints\n'));
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

test('[PI-08] [PI-10] [PI-13] [PI-16] the example of docs/api.md prints what is under it', async () => {
  const [, script = '', output = ''] = /```bash\n(.*?)```\n\n```\n(.*?)```/s.exec(section) ?? [];
  const set = `HOST=${server.url}\nTOKEN=${server.token}\n`;
  const { stdout } = await promisify(execFile)('bash', ['-ec', set + script]);
  expect(stdout.slice(-output.length)).toBe(output);
  expect(stdout).not.toContain('"error"');
});

test('every route of the table is there', async () => {
  const routes = [...section.matchAll(/^\| `(\w+) (\/\S+)` \|/gm)].map(
    ([, method, path]) => `${method} ${path}`,
  );
  expect(routes).toHaveLength(14);
  for (const route of routes) {
    const { status, headers } = await server.call(route.replaceAll(/\{(\w+)\}/g, '1'));
    expect([route, status, headers.get('x-error-code')]).not.toEqual([route, 404, 'route_not_found']);
    expect([route, status]).not.toEqual([route, 405]);
  }
});
