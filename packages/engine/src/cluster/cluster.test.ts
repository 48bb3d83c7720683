import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { engineSuite } from '../testing/suite.js';
import { openClusterEngine } from './open.js';

const directory = mkdtempSync(join(tmpdir(), 'goldcrest-cluster-'));
let child: ChildProcess | undefined;

/** A server of the environment, or ours: built, because a child process can't run the source. */
async function startServer(): Promise<string> {
  const program = fileURLToPath(new URL('../../dist/testing/clickhouseHttp.js', import.meta.url));
  child = fork(program, [join(directory, 'data')], { env: { ...process.env, UV_THREADPOOL_SIZE: '48' } });
  const [message] = await once(child, 'message');
  return `http://127.0.0.1:${message.port}`;
}

const url = process.env['CLICKHOUSE_URL'] ?? (await startServer());

afterAll(async () => {
  if (child !== undefined) {
    const exited = once(child, 'exit');
    child.disconnect();
    await exited;
  }
  rmSync(directory, { recursive: true, force: true });
});

engineSuite('cluster', (options) => openClusterEngine({ url, ...options }));

describe('cluster only', () => {
  test('nobody answers', async () => {
    const opening = openClusterEngine({ url: 'http://127.0.0.1:1', password: 'secret' });
    await expect(opening).rejects.toMatchObject({
      name: 'EngineUnavailableError',
      message: expect.stringMatching(/^The database at 127\.0\.0\.1:1 can't be used: .*ECONNREFUSED/),
    });
  });

  test('a user who is not let in', async () => {
    const opening = openClusterEngine({ url, username: 'stranger', password: 'secret' });
    await expect(opening).rejects.toMatchObject({
      name: 'EngineUnavailableError',
      message: expect.stringContaining('(AUTHENTICATION_FAILED)'),
    });
  });
});
