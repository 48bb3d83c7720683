import { type PipeDefinition, parsePipe } from '@goldcrest/datafiles';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../testing/harness.js';
import { makePipe, outcome, sendJson } from '../testing/pipes.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());

async function fileOf(path: string): Promise<string> {
  const reply = await server.call(`GET ${path}`);
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
  return String(reply.body);
}

function contentOf({ description, tags, tokens, nodes }: PipeDefinition): unknown {
  const shown = nodes.map((node) => [node.name, node.type, node.description, node.sql.text]);
  return { description, tags, tokens, nodes: shown };
}

test('[PI-16] [PI-N2] a Pipe as its datafile, under every address that clients use', async () => {
  const nodes = {
    filtered: "SELECT 1 AS x,\n  'a' AS y -- why\nWHERE 1",
    total: 'SELECT sum(x) AS s FROM filtered',
  };
  await makePipe(server, 'exported', nodes, {
    description: 'All of it.\n\n- **one**',
    tags: ['weekly report', 'a'],
    publish: 'total',
  });
  const expected = `TAGS weekly report, a

DESCRIPTION >
    All of it.

    - **one**

NODE filtered
SQL >
    SELECT 1 AS x,
      'a' AS y -- why
    WHERE 1

NODE total
SQL >
    SELECT sum(x) AS s FROM filtered

TYPE endpoint
`;
  const { id } = await server.client().pipe('exported');
  for (const path of [
    '/v0/pipes/exported.pipe',
    '/v0/pipes/exported?format=pipe',
    '/v1/pipes/exported.pipe',
    '/v1/pipes/exported?format=pipe',
    `/v0/pipes/${id}.pipe`,
    `/v0/pipes/t_label.${id.slice(2)}.pipe`,
  ])
    expect([path, await fileOf(path)]).toEqual([path, expected]);
});

const HARD: Record<string, object> = {
  comments: {
    description: '# not a comment\nSQL > neither',
    nodes: [{ name: 'n', sql: '-- NODE x\nSELECT 1 # one\n/* TYPE copy */' }],
  },
  blank_lines: {
    nodes: [{ name: 'n', sql: '\n\n  SELECT 1,\n\n      2\n\n', description: '  two\n\n    lines ' }],
  },
  instructions: {
    description: 'NODE is a word\nTAGS a, b',
    nodes: [{ name: 'n', sql: 'SELECT 1 AS\nNODE\nWHERE 1' }],
  },
  tagged: { tags: ['a b', '2026/q1', 'x:y', 'x.y', 'é-ü'], nodes: [{ name: 'n', sql: 'SELECT 1' }] },
  tabs: {
    nodes: [
      { name: 'n', sql: "\tSELECT\n\t\t'a\tb'\n\t" },
      { name: 'm', sql: 'SELECT 2', type: 'endpoint', description: 'last' },
    ],
  },
};

test.each(Object.entries(HARD))('[PI-16] %s: what is read back is the same Pipe', async (name, document) => {
  const created = await sendJson(server, 'POST /v0/pipes', { name, ...document });
  expect([created.status, created.body]).toEqual([200, expect.anything()]);
  const pipe = await server.client().pipe(name);
  const { definition, problems } = parsePipe(await fileOf(`/v0/pipes/${name}.pipe`), `${name}.pipe`);
  expect(problems).toEqual([]);
  expect(contentOf(definition)).toEqual({
    description: pipe.description || null,
    tags: pipe.tags,
    tokens: [],
    nodes: pipe.nodes.map((node) => [
      node.name,
      node.node_type === 'endpoint' ? 'endpoint' : 'default',
      node.description,
      node.sql,
    ]),
  });
});

test('[PI-16] of a Pipe that is not there is answered with 404', async () => {
  const error = 'There is no Pipe `exportedd` in this Workspace. Did you mean `exported`?';
  for (const path of [
    '/v0/pipes/exportedd.pipe',
    '/v1/pipes/exportedd.pipe',
    '/v0/pipes/exportedd?format=pipe',
  ])
    expect(outcome(await server.call(`GET ${path}`))).toEqual([404, error]);
});
