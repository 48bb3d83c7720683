import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Reply, TestServer } from '../testing/harness.js';
import { aShownNode, makePipe, outcome } from '../testing/pipes.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
  await server.client().createDataSource('sales', 'amount Int64 `json:$.amount`');
});
afterAll(() => server.stop());

function append(pipe: string, query: string, body: RequestInit['body'] = null): Promise<Reply> {
  return server.call(`POST /v0/pipes/${pipe}/nodes?${query}`, { body });
}

function edit(pipe: string, node: string, query: string, body: RequestInit['body'] = null): Promise<Reply> {
  return server.call(`PUT /v0/pipes/${pipe}/nodes/${node}?${query}`, { body });
}

async function nodesOf(pipe: string): Promise<[string, string][]> {
  return (await server.client().pipe(pipe)).nodes.map(({ name, sql }) => [name, sql]);
}

describe('adding', () => {
  test('[PI-10] [PI-20] [PS-20] puts the node at the end and answers with it', async () => {
    await makePipe(server, 'grows', { a: 'SELECT 1 AS x' });
    const reply = await append('grows', 'name=b&description=a+*second*+one', "SELECT x, 'ü' FROM a\n");
    const node = aShownNode('b', "SELECT x, 'ü' FROM a", {
      description: 'a *second* one',
      dependencies: ['a'],
    });
    expect([reply.status, reply.body]).toEqual([200, node]);
    const pipe = await server.call('GET /v0/pipes/grows');
    expect(pipe.body).toMatchObject({
      endpoint: null,
      version: 2,
      nodes: [{ name: 'a', version: 0 }, reply.body],
    });
  });

  test('[PI-10] gives the node a name when it has none', async () => {
    await makePipe(server, 'counts', { counts_1: 'SELECT 1' });
    expect((await append('counts', '', 'SELECT 2')).body).toMatchObject({ name: 'counts_2' });
    expect((await append('counts', 'type=default', 'SELECT 3')).body).toMatchObject({ name: 'counts_3' });
  });

  test('[PI-10] takes the SQL from the URL too', async () => {
    await makePipe(server, 'by_url', { a: 'SELECT 1 AS x' });
    expect((await append('by_url', 'name=b&sql=SELECT+4+AS+x', '')).body).toMatchObject({
      name: 'b',
      sql: 'SELECT 4 AS x',
    });
  });

  test('[PI-11] [EP-N2] [EP-03] type=endpoint publishes it, in place of the one that was', async () => {
    await makePipe(server, 'replaced', { a: 'SELECT 1 AS x' }, { publish: 'a' });
    const { token } = await server.client().pipe('replaced');
    const reply = await append('replaced', 'name=b&type=endpoint', 'SELECT 2 AS x');
    expect([reply.status, reply.body]).toEqual([
      200,
      aShownNode('b', 'SELECT 2 AS x', { node_type: 'endpoint' }),
    ]);
    expect((await server.client(token).endpoint('replaced')).data).toEqual([{ x: 2 }]);
  });

  test.each([
    ['name=b', '', 400, 'The node `b` has no SQL.'],
    ['name=b', ' \n', 400, 'The node `b` has no SQL.'],
    ['name=b', 'SELECT (1', 400, "The bracket '(' has no partner. (at position 7)"],
    ['name=b', 'SELECT y FROM a', 400, /UNKNOWN_IDENTIFIER/],
    [
      'name=b',
      'SELECT * FROM sale',
      400,
      'There is no Data Source or Pipe `sale` in this Workspace. Did you mean `sales`? (UNKNOWN_TABLE)',
    ],
    ['name=b', 'SELECT * FROM b', 400, 'The query goes round in a circle: b → b.'],
    ['name=b', new Uint8Array([0x53, 0xff]), 400, 'The request body is not valid: it is not UTF-8.'],
    ['name=b', 'SELECT 1; DROP TABLE sales', 400, /SYNTAX_ERROR|one/],
    [
      'name=a',
      'SELECT 1',
      409,
      'The name `a` is taken by a node of the Pipe refuses of this Workspace. Choose another one.',
    ],
    [
      'name=sales',
      'SELECT 1',
      409,
      'The name `sales` is taken by a Data Source of this Workspace. Choose another one.',
    ],
    [
      'name=sales_quarantine',
      'SELECT 1',
      409,
      'The name `sales_quarantine` is taken by a quarantine table of this Workspace. Choose another one.',
    ],
    ['name=1b', 'SELECT 1', 400, 'The name "1b" starts with a digit. Start with a letter or underscore.'],
    [
      'name=b&type=materialized&datasource=x&engine=MergeTree',
      'SELECT 1',
      400,
      /^The node `b` can not be materialized: its first table is no Data Source/,
    ],
    [
      'name=b&type=big',
      'SELECT 1',
      400,
      'The parameter `type` is not valid: `big` is not one of standard, materialized, endpoint.',
    ],
  ])(
    '[PI-12] [DM-06] [ERR-07] %s with the SQL %j is refused and changes nothing',
    async (query, body, status, error) => {
      if ((await server.call('GET /v0/pipes/refuses')).status === 404)
        await makePipe(server, 'refuses', { a: 'SELECT 1 AS x' });
      const text = typeof error === 'string' ? error : expect.stringMatching(error);
      expect(outcome(await append('refuses', query, body))).toEqual([status, text]);
      expect(await nodesOf('refuses')).toEqual([['a', 'SELECT 1 AS x']]);
    },
  );

  test('[PI-12] [GN-11] to a Pipe that is not there is answered with 404, in another way with 405', async () => {
    expect(outcome(await append('refusess', 'name=b', 'SELECT 1'))).toEqual([
      404,
      'There is no Pipe `refusess` in this Workspace. Did you mean `refuses`?',
    ]);
    const other = await server.call('GET /v0/pipes/refuses/nodes');
    expect([...outcome(other), other.headers.get('allow')]).toEqual([
      405,
      'GET is not allowed on /v0/pipes/refuses/nodes. Allowed: POST.',
      'POST',
    ]);
  });
});

describe('changing', () => {
  test('[PI-13] the SQL, the name and the description, each alone or together', async () => {
    await makePipe(server, 'edits', { a: 'SELECT 1 AS x', b: 'SELECT x FROM a' }, { publish: 'b' });
    const { nodes } = await server.client().pipe('edits');
    const sql = await edit('edits', 'b', '', 'SELECT x + 1 AS x FROM a\n');
    const changed = { dependencies: ['a'], node_type: 'endpoint' };
    expect([sql.status, sql.body]).toEqual([
      200,
      aShownNode('b', 'SELECT x + 1 AS x FROM a', { ...changed, version: 1 }),
    ]);
    expect((await server.client().endpoint('edits')).data).toEqual([{ x: 2 }]);
    const name = await edit('edits', nodes[1]?.id ?? '', 'name=c&description=last');
    const expected = aShownNode('c', 'SELECT x + 1 AS x FROM a', {
      ...changed,
      description: 'last',
      version: 2,
    });
    expect([name.status, name.body]).toEqual([200, expected]);
    expect(name.body).toMatchObject({ id: nodes[1]?.id, created_at: madeAt(sql.body) });
    expect((await server.client().endpoint('edits')).data).toEqual([{ x: 2 }]);
    expect((await edit('edits', 'c', 'description=')).body).toMatchObject({ description: null, version: 3 });
  });

  test('[GN-26] [DM-11] by an id that carries a label', async () => {
    const { nodes } = await server.client().pipe('edits');
    const label = `t_my_node.${nodes[0]?.id.slice(2)}`;
    expect(await edit('edits', label, 'description=first')).toMatchObject({
      status: 200,
      body: { name: 'a' },
    });
  });

  test('[PI-13] [PS-01] the place among the others', async () => {
    await makePipe(server, 'orders', { a: 'SELECT 1', b: 'SELECT 2', c: 'SELECT 3' });
    const order = async () => (await nodesOf('orders')).map(([name]) => name).join('');
    for (const [node, position, expected] of [
      ['c', 0, 'cab'],
      ['c', 1, 'acb'],
      ['a', 2, 'cba'],
      ['b', 1, 'cba'],
    ] as const) {
      expect((await edit('orders', node, `position=${position}`)).status).toBe(200);
      expect(await order()).toBe(expected);
    }
    expect((await server.client().sql('SELECT * FROM orders')).data).toEqual([{ '1': 1 }]);
  });

  test('[PI-13] nothing new is no change', async () => {
    const before = await server.call('GET /v0/pipes/orders');
    expect((await edit('orders', 'a', 'name=a&position=2', 'SELECT 1')).status).toBe(200);
    expect((await server.call('GET /v0/pipes/orders')).body).toEqual(before.body);
  });

  test.each([
    ['a', '', '', 400, /^The parameter `sql` is missing\. Send the SQL as the body, /],
    ['a', '', ' ', 400, 'The node `a` has no SQL.'],
    [
      'a',
      'type=materialized&datasource=sales',
      'SELECT 1',
      400,
      'The parameter `type` is not valid: what a node is for is changed by POST and DELETE of /v0/pipes/<Pipe>/nodes/<node>/endpoint and …/materialization.',
    ],
    ['a', '', 'SELECT nothing FROM sales', 400, /UNKNOWN_IDENTIFIER/],
    ['a', '', 'SELECT * FROM b', 400, 'The query goes round in a circle: a → b → a.'],
    ['a', 'name=', null, 400, 'The name is empty. Use letters, digits and underscores.'],
    ['a', 'name=table', null, 400, 'The name "table" is a reserved word. Choose another name.'],
    [
      'b',
      'name=a',
      null,
      409,
      'The name `a` is taken by a node of the Pipe keeps of this Workspace. Choose another one.',
    ],
    [
      'b',
      'name=sales',
      null,
      409,
      'The name `sales` is taken by a Data Source of this Workspace. Choose another one.',
    ],
    [
      'a',
      'position=2',
      null,
      400,
      'The parameter `position` is not valid: there are 2 nodes, so the last position is 1.',
    ],
    [
      'a',
      'position=-1',
      null,
      400,
      'The parameter `position` is not valid: `-1` is not a whole number from 0.',
    ],
    [
      'a',
      'position=x',
      null,
      400,
      'The parameter `position` is not valid: `x` is not a whole number from 0.',
    ],
    ['z', 'name=y', null, 404, 'The Pipe `keeps` has no node `z`. Its nodes are: a, b.'],
  ])(
    '[PI-13] [ERR-07] %s?%s with the SQL %j is refused and changes nothing',
    async (node, query, body, status, error) => {
      if ((await server.call('GET /v0/pipes/keeps')).status === 404)
        await makePipe(server, 'keeps', { a: 'SELECT 1 AS x', b: 'SELECT x FROM a' });
      const before = await server.call('GET /v0/pipes/keeps');
      const text = typeof error === 'string' ? error : expect.stringMatching(error);
      expect(outcome(await edit('keeps', node, query, body))).toEqual([status, text]);
      expect((await server.call('GET /v0/pipes/keeps')).body).toEqual(before.body);
    },
  );

  test('[PI-13] [PB-08] a node that others read keeps its name unless that is forced', async () => {
    await makePipe(server, 'read', { a: 'SELECT 1 AS x', b: 'SELECT x FROM a', c: 'SELECT 1 AS a' });
    expect(outcome(await edit('read', 'a', 'name=z'))).toEqual([
      409,
      'The node `a` is read by `b`. Change them first, or send force=true to go on: then they fail until they are changed.',
    ]);
    expect((await edit('read', 'a', 'name=z&force=true')).status).toBe(200);
    expect(outcome(await server.call('POST /v0/pipes/read/nodes/b/endpoint'))).toEqual([
      400,
      'There is no Data Source or Pipe `a` in this Workspace. (UNKNOWN_TABLE)',
    ]);
    expect((await edit('read', 'b', '', 'SELECT x FROM z')).status).toBe(200);
    expect((await server.call('POST /v0/pipes/read/nodes/b/endpoint')).status).toBe(200);
  });

  test('[GN-25] a node that others read by id may get another name', async () => {
    await makePipe(server, 'by_id', { a: 'SELECT 1 AS x' });
    const { nodes } = await server.client().pipe('by_id');
    expect(
      (await append('by_id', 'name=b&type=endpoint', `SELECT x FROM ${nodes[0]?.id}`)).body,
    ).toMatchObject({ dependencies: ['a'] });
    expect((await edit('by_id', 'a', 'name=z')).status).toBe(200);
    expect((await server.client().endpoint('by_id')).data).toEqual([{ x: 1 }]);
    expect((await server.client().pipe('by_id')).nodes[1]?.dependencies).toEqual(['z']);
  });
});

describe('removing', () => {
  test('[PI-14] takes the node away, and leaves those that read it', async () => {
    await makePipe(server, 'shrinks', { a: 'SELECT 1 AS x', b: 'SELECT x FROM a' });
    const reply = await server.call('DELETE /v0/pipes/shrinks/nodes/a');
    expect([reply.status, reply.body]).toEqual([204, '']);
    expect(await nodesOf('shrinks')).toEqual([['b', 'SELECT x FROM a']]);
    expect((await append('shrinks', 'name=a', 'SELECT 5 AS x')).status).toBe(200);
    expect((await server.client().publish('shrinks', 'b')).type).toBe('endpoint');
    expect((await server.client().endpoint('shrinks')).data).toEqual([{ x: 5 }]);
  });

  test.each([
    [
      'stays/nodes/a',
      400,
      'The node `a` is published as the endpoint of the Pipe `stays`. Unpublish it first with DELETE /v0/pipes/stays/nodes/a/endpoint.',
    ],
    ['stays/nodes/z', 404, 'The Pipe `stays` has no node `z`. Its nodes are: a, b.'],
    ['nowhere/nodes/a', 404, 'There is no Pipe `nowhere` in this Workspace. Create it with POST /v0/pipes.'],
    ['alone/nodes/a', 400, 'The node `a` is the only one of the Pipe `alone`. Delete the Pipe instead.'],
  ])('[PI-14] [PB-02] [ERR-07] of %s is refused', async (path, status, error) => {
    if ((await server.call('GET /v0/pipes/stays')).status === 404) {
      await makePipe(server, 'stays', { a: 'SELECT 1', b: 'SELECT 2' }, { publish: 'a' });
      await makePipe(server, 'alone', { a: 'SELECT 1' });
    }
    expect(outcome(await server.call(`DELETE /v0/pipes/${path}`))).toEqual([status, error]);
  });
});

describe('publishing', () => {
  test('[EP-01] [EP-04] twice is once: one version, one token', async () => {
    await makePipe(server, 'once', { a: 'SELECT 1' });
    const replies = [await server.client().publish('once', 'a'), await server.client().publish('once', 'a')];
    expect(replies[1]).toEqual(replies[0]);
    expect(replies[0]).toMatchObject({ version: 2, token: expect.any(String) });
  });

  test('[CHD-05] [PB-04] makes a token again when there is none that reads it, and none while there is', async () => {
    await makePipe(server, 'again', { a: 'SELECT 1' });
    const { token } = await server.client().publish('again', 'a');
    await server.client().unpublish('again', 'a');
    expect((await server.client().publish('again', 'a')).token).toBe(token);
  });
});

describe('at once', () => {
  test('[PI-10] of changes to one Pipe none is lost: each is there or was refused with 409', async () => {
    await makePipe(server, 'busy', { a: 'SELECT 1' });
    const names = Array.from({ length: 12 }, (_, index) => `n${index}`);
    const replies = await Promise.all(names.map((name) => append('busy', `name=${name}`, 'SELECT 2')));
    const error =
      'The Pipe `busy` was changed by another request at the same time. Nothing was written; read it again and repeat your change.';
    const added = names.filter((_, index) => replies[index]?.status === 200);
    for (const reply of replies.filter(({ status }) => status !== 200))
      expect(outcome(reply)).toEqual([409, error]);
    expect(added.length).toBeGreaterThan(0);
    expect((await nodesOf('busy')).map(([name]) => name).toSorted()).toEqual(['a', ...added].toSorted());
    expect(await server.call('GET /v0/pipes/busy')).toMatchObject({ body: { version: 1 + added.length } });
  });

  test('[EP-04] a Pipe that is published at once by many gets one token', async () => {
    await makePipe(server, 'rush', { a: 'SELECT 1', b: 'SELECT 2' });
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        server.call(`POST /v0/pipes/rush/nodes/${index % 2 ? 'a' : 'b'}/endpoint`),
      ),
    );
    expect(replies.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect((await server.client().pipe('rush')).token).toMatch(/^p\./);
  });
});

/** The time at which something that was shown was made. */
function madeAt(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'created_at' in body ? body.created_at : undefined;
}
