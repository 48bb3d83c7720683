import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { TestServer } from '@goldcrest/server/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);

const READINGS = Array.from({ length: 600 }, (_, second) => ({
  timestamp: new Date(Date.UTC(2026, 0, 31, 10, 0, second * 2)).toISOString(),
  temperature: 20 + (second % 10),
  humidity: second % 2 === 0 ? 50 : null,
}));

const TIME_RANGE = `
  {% if defined(start_ts) and defined(end_ts) %}
    WHERE timestamp BETWEEN parseDateTimeBestEffort({{String(start_ts)}}) AND parseDateTimeBestEffort({{String(end_ts)}})
  {% end %}`;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  const client = server.client();
  const schema =
    'timestamp DateTime `json:$.timestamp`, temperature Float64 `json:$.temperature`, humidity Nullable(Float64) `json:$.humidity`';
  await client.createDataSource('readings', schema);
  await client.events('readings', READINGS, { wait: true });
  await publish(
    'api_readings',
    `%
    SELECT formatDateTime(timestamp, '%FT%TZ') t,
    {% if defined(magnitude) and magnitude != 'all' %} {{column(magnitude)}} {% else %} temperature, humidity {% end %}
    FROM readings ${TIME_RANGE} ORDER BY t ASC`,
  );
  await publish('readings_between', `% SELECT * FROM readings ${TIME_RANGE} ORDER BY timestamp`);
});
afterAll(() => server.stop());

async function publish(name: string, sql: string): Promise<void> {
  await server.client().createPipe({ name, nodes: [{ name: 'only', sql }] });
  await server.client().publish(name, 'only');
}

function path(file: string, parameters: Record<string, string>): string {
  return `/v0/${file}?${new URLSearchParams(parameters)}`;
}

describe('Grafana, with the Infinity plugin', () => {
  /** The headers of Go's HTTP client, with which the plugin's backend calls. */
  const headers = { 'user-agent': 'Grafana/11', accept: 'application/json', 'accept-encoding': 'gzip' };

  test('[MON-09] a panel with a time range reads ISO dates below `data`', async () => {
    const range = { start_ts: '2026-01-31T10:00:04.000Z', end_ts: '2026-01-31T10:00:08.000Z' };
    const reply = await server.call(`GET ${path('pipes/api_readings.json', range)}`, { headers });
    expect([reply.status, reply.body]).toMatchObject([
      200,
      {
        data: [
          { t: '2026-01-31T10:00:04Z', temperature: 22, humidity: 50 },
          { t: '2026-01-31T10:00:06Z', temperature: 23, humidity: null },
          { t: '2026-01-31T10:00:08Z', temperature: 24, humidity: 50 },
        ],
        rows: 3,
      },
    ]);
  });

  test('[MON-09] a dashboard variable chooses the column', async () => {
    const range = { start_ts: '2026-01-31 10:00:04', end_ts: '2026-01-31 10:00:04' };
    const rowsOf = async (magnitude: string) =>
      (await server.call(`GET ${path('pipes/api_readings.json', { ...range, magnitude })}`, { headers }))
        .body;
    expect(await rowsOf('temperature')).toMatchObject({
      data: [{ t: '2026-01-31T10:00:04Z', temperature: 22 }],
    });
    expect(await rowsOf('all')).toMatchObject({
      data: [{ t: '2026-01-31T10:00:04Z', temperature: 22, humidity: 50 }],
    });
  });
});

describe('a notebook, with requests and pandas', () => {
  const headers = {
    'user-agent': 'python-requests/2.32.3',
    accept: '*/*',
    'accept-encoding': 'gzip, deflate',
  };

  test('[GP-10] the Query API answers CSV with a line of names', async () => {
    const q = 'select * from readings where timestamp <= toDateTime(1769853602) FORMAT CSVWithNames';
    const reply = await server.call(`GET ${path('sql', { q })}`, { headers });
    expect([reply.status, reply.headers.get('content-type'), reply.body]).toEqual([
      200,
      'text/csv; charset=utf-8',
      '"timestamp","temperature","humidity"\n"2026-01-31 10:00:00",20,50\n"2026-01-31 10:00:02",21,\\N\n',
    ]);
  });

  test('[GP-10] batches of five minutes are the whole, each row once', async () => {
    const batches: string[][] = [];
    for (let start = Date.UTC(2026, 0, 31, 10); start < Date.UTC(2026, 0, 31, 10, 20); start += 300_000) {
      const [start_ts, end_ts] = [start, start + 299_000].map((time) =>
        new Date(time).toISOString().slice(0, 19),
      );
      const file = path('pipes/readings_between.csv', { start_ts: start_ts ?? '', end_ts: end_ts ?? '' });
      const reply = await server.call(`GET ${file}`, { headers });
      batches.push(String(reply.body).trimEnd().split('\n'));
    }
    expect(batches.map((lines) => lines.length)).toEqual([151, 151, 151, 151]);
    const rows = batches.flatMap(([names, ...lines]) => {
      expect(names).toBe('"timestamp","temperature","humidity"');
      return lines;
    });
    expect(rows).toEqual(
      READINGS.map(({ timestamp, temperature, humidity }) => {
        return `"${timestamp.slice(0, 19).replace('T', ' ')}",${temperature},${humidity ?? '\\N'}`;
      }),
    );
  });
});

describe('a gateway such as NGINX', () => {
  /** Sends a request as a proxy does that speaks HTTP/1.0 to its upstream, and gives back the whole answer. */
  async function proxied(target: string, more: string[] = []): Promise<{ head: string[]; body: string }> {
    const { port, hostname } = new URL(server.url);
    const lines = [`GET ${target} HTTP/1.0`, 'Host: api.example.com', 'X-Real-IP: 203.0.113.7', ...more];
    const socket = connect(Number(port), hostname);
    socket.write(`${lines.join('\r\n')}\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n\r\n`);
    const answer = Buffer.concat(await socket.toArray()).toString();
    const [head = '', ...body] = answer.split('\r\n\r\n');
    return { head: head.toLowerCase().split('\r\n'), body: body.join('\r\n\r\n') };
  }

  const range = { start_ts: '2026-01-31T10:00:00', end_ts: '2026-01-31T10:00:02' };

  test.each([
    ['json', '"rows": 2'],
    ['ndjson', '{"t":"2026-01-31T10:00:00Z","temperature":20,"humidity":50}\n{"t":"2026-01-31T10:00:02Z"'],
    ['csv', '"t","temperature","humidity"\n"2026-01-31T10:00:00Z",20,50\n'],
  ])(
    '[GP-06] .%s with the token in the URL, over HTTP/1.0: whole, and in no chunks',
    async (extension, part) => {
      const { head, body } = await proxied(
        path(`pipes/api_readings.${extension}`, { ...range, token: server.token }),
      );
      expect(head[0]).toBe('http/1.1 200 ok');
      expect(head.filter((line) => line.startsWith('transfer-encoding'))).toEqual([]);
      expect(body).toContain(part);
    },
  );

  test('[GP-06] the gateway adds the token as a header; a cache learns on what a reply depends', async () => {
    const { head, body } = await proxied(path('pipes/api_readings.json', range), [
      `Authorization: Bearer ${server.token}`,
    ]);
    expect(head).toContain('vary: accept-encoding');
    expect(JSON.parse(body).rows).toBe(2);
  });
});

describe('curl', () => {
  test('[GN-10] --compressed gets the same as without, in fewer bytes', async () => {
    const url = `${server.url}/v0/pipes/api_readings.json`;
    const common = ['-s', '-H', `Authorization: Bearer ${server.token}`, '-w', '\n%{size_download}', url];
    const [plain, packed] = await Promise.all([
      run('curl', common),
      run('curl', ['--compressed', ...common]),
    ]);
    const [rows, bytes] = readCurl(plain.stdout);
    const [packedRows, packedBytes] = readCurl(packed.stdout);
    expect(packedRows).toEqual(rows);
    expect(packedBytes).toBeLessThan(bytes / 4);
  });

  function readCurl(output: string): [unknown, number] {
    const end = output.lastIndexOf('\n');
    return [JSON.parse(output.slice(0, end)).data, Number(output.slice(end))];
  }
});
