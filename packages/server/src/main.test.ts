import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GoldcrestClient, localToken } from '@goldcrest/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../bin/goldcrest.cjs', import.meta.url));
let directory: string;
let children: ChildProcess[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'goldcrest-main-'));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

class Program {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;

  constructor(args: string[], env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    children.push(this.child);
    this.child.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
    });
    this.child.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code) => resolve({ code, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Resolves with the URL of the banner, which is the last thing that a start prints. */
  async started(): Promise<string> {
    while (!this.stdout.includes('GROUP BY path')) {
      const more = new Promise((resolve) => this.child.stdout?.once('data', resolve));
      await Promise.race([more, this.ended.then((end) => Promise.reject(new Error(end.stderr)))]);
    }
    return /running at (\S+)/.exec(this.stdout)?.[1] ?? '';
  }
}

function serve(...args: string[]): Program {
  return new Program(serverArguments(...args));
}

function serverArguments(...args: string[]): string[] {
  return ['--data', join(directory, 'data'), '--port', '0', '--host', '127.0.0.1', ...args];
}

describe('starting', () => {
  test('[DT-21] times are in UTC, whatever the time zone of the machine', async () => {
    const host = await new Program(serverArguments(), { TZ: 'America/New_York' }).started();
    const client = new GoldcrestClient({ host, token: await localToken(host) });
    const sql = "SELECT toDateTime(0) AS shown, toUnixTimestamp('1970-01-02 00:00:00') AS read";
    expect((await client.sql(sql)).data).toEqual([{ shown: '1970-01-01 00:00:00', read: 86_400 }]);
  });

  test('ends with a banner: the URL, where the data is, and commands that work as they are printed', async () => {
    const server = serve();
    const url = await server.started();
    expect(server.stdout).toContain(
      `Goldcrest is running at ${url}\n  Data is in ${join(directory, 'data')}\n`,
    );
    const script = server.stdout.slice(server.stdout.indexOf('TOKEN='));
    const shell = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const output = await new Promise<string>((resolve) => {
      let text = '';
      shell.stdout.on('data', (chunk) => {
        text += chunk;
      });
      shell.on('close', () => resolve(text));
    });
    expect(output).toContain('"name":"hits"');
    expect(output).toContain('{"successful_rows":1,"quarantined_rows":0}');
    expect(output).toMatch(/"path": "\\\/",\s+"hits": 1/);
  });

  test('the data directory and what is in it are private to their owner', async () => {
    const server = serve();
    await server.started();
    expect(statSync(join(directory, 'data')).mode & 0o077).toBe(0);
    for (const name of readdirSync(join(directory, 'data'))) {
      expect([name, statSync(join(directory, 'data', name)).mode & 0o077]).toEqual([name, 0]);
    }
  });

  test('--help and --version end at once', async () => {
    const help = await new Program(['--help']).ended;
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('--port  (GOLDCREST_PORT)');
    expect(await new Program(['--version']).ended).toEqual({
      code: 0,
      stdout: 'goldcrest 0.1.0\n',
      stderr: '',
    });
  });
});

describe('what keeps it from starting is said in one sentence', () => {
  test('a wrong option', async () => {
    const ended = await serve('--log-level', 'loud').ended;
    const stderr =
      'goldcrest: --log-level is `loud`, which is not allowed. Allowed: debug, info, warn, error, silent.\n';
    expect(ended).toEqual({ code: 2, stdout: '', stderr });
  });

  test('[EV-11] a data directory from which the engine could not read events', async () => {
    const path = join(directory, 'da[ta]');
    const ended = await new Program(['--data', path]).ended;
    const stderr = `goldcrest: The data directory ${path} can not be used: the embedded database reads no files with any of * ? { } [ ] in their path. Choose another one with --data.\n`;
    expect(ended).toEqual({ code: 2, stdout: '', stderr });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('a port in use', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const ended = await serve('--port', String(port)).ended;
    other.close();
    const stderr = `goldcrest: Port ${port} is in use. Stop what uses it, or choose another with --port.\n`;
    expect(ended).toEqual({ code: 1, stdout: '', stderr });
  });

  test('a data directory that another process holds', async () => {
    await serve().started();
    const ended = await serve().ended;
    const stderr =
      'goldcrest: The data directory is in use by another process. Stop that one, or start this one with another --data directory.\n';
    expect(ended).toEqual({ code: 1, stdout: '', stderr });
  });

  test('a data directory of a newer version', async () => {
    const first = serve();
    await first.started();
    first.kill('SIGTERM');
    await first.ended;
    writeFileSync(join(directory, 'data', 'format'), '99\n');
    const { code, stderr } = await serve().ended;
    expect([code, stderr]).toEqual([
      1,
      `goldcrest: The data directory ${join(directory, 'data')} was written by a newer version of Goldcrest (format 99, this one reads 1). Start that version, or another --data directory.\n`,
    ]);
  });

  test('a data directory that can not be made', async () => {
    writeFileSync(join(directory, 'file'), '');
    const path = join(directory, 'file', 'data');
    const { code, stderr } = await new Program(['--data', path]).ended;
    expect([code, stderr]).toEqual([1, `goldcrest: The data directory ${path} can not be used: ENOTDIR.\n`]);
  });
});

describe('stopping', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s finishes requests that are under way and exits with 0',
    async (signal) => {
      const server = serve('--query-seconds', '60');
      const url = await server.started();
      const { workspace_admin_token: token } = (await (await fetch(`${url}/tokens`)).json()) as Record<
        string,
        string
      >;
      const headers = { authorization: `Bearer ${token}` };
      const body =
        'SELECT count() AS c FROM numbers(100000000) WHERE sipHash64(number) = 1 FORMAT JSONEachRow';
      const slow = fetch(`${url}/v0/sql`, { method: 'POST', headers, body }).then((reply) => reply.text());
      // A request that is answered after the slow one was sent shows that the server has it.
      await fetch(`${url}/health`);
      server.kill(signal);
      expect(await slow).toBe('{"c":0}\n');
      expect((await server.ended).code).toBe(0);
    },
  );

  test('[EP-19] a SIGTERM right after calls loses none of their log', async () => {
    const first = serve();
    const url = await first.started();
    const { workspace_admin_token: token } = (await (await fetch(`${url}/tokens`)).json()) as Record<
      string,
      string
    >;
    const headers = { authorization: `Bearer ${token}` };
    const call = (body: string, parameters = '') =>
      fetch(`${url}/v0/sql${parameters}`, { method: 'POST', headers, body });
    await Promise.all(Array.from({ length: 200 }, () => call('SELECT 1', '?app_name=counted')));
    first.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    const again = await serve().started();
    const body =
      "SELECT count(), uniqExact(request_id) FROM tinybird.pipe_stats_rt WHERE parameters['app_name'] = 'counted' FORMAT CSV";
    const counted = await fetch(`${again}/v0/sql`, { method: 'POST', headers, body });
    expect(await counted.text()).toBe('200,200\n');
  });

  test('what was acknowledged before a SIGKILL is there afterwards', async () => {
    const first = serve();
    const url = await first.started();
    const { workspace_admin_token: token } = (await (await fetch(`${url}/tokens`)).json()) as Record<
      string,
      string
    >;
    const headers = { authorization: `Bearer ${token}` };
    const post = (target: string, path: string, body: string | URLSearchParams) =>
      fetch(target + path, { method: 'POST', headers, body });
    const schema = new URLSearchParams({ name: 'kept', schema: 'id UInt32 `json:$.id`' });
    expect((await post(url, '/v0/datasources', schema)).status).toBe(200);
    const acknowledged: number[] = [];
    for (let id = 0; id < 50; id++) {
      if ((await post(url, `/v0/events?name=kept&wait=${id % 2 === 0}`, JSON.stringify({ id }))).ok)
        acknowledged.push(id);
    }
    first.kill('SIGKILL');
    await first.ended;
    const again = await serve().started();
    const rows = await (await post(again, '/v0/sql', 'SELECT id FROM kept ORDER BY id FORMAT TSV')).text();
    expect(rows.trim().split('\n').map(Number)).toEqual(acknowledged);
  });
});
