import { fileURLToPath } from 'node:url';
import { events, sendEvents } from '@goldcrest/example-web-analytics';
import { applyProject, askEndpoint, readProject, readTests, sendFixtures } from '@goldcrest/project';
import { TestServer } from '@goldcrest/server/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Events of the generator that the tests of web-analytics are written for. */
const GENERATED = { events: 2000, seed: 1, sending: { batch: 500, concurrency: 2 } };

/** What each example's fixtures are, and how many tests it has at least, so that none gets lost. */
const EXAMPLES: { name: string; id: string; rows: Record<string, number>; testsMin: number }[] = [
  { name: 'web-analytics', id: 'GQ-04', rows: {}, testsMin: 14 },
  { name: 'leaderboard', id: 'GQ-02', rows: { plays: 164 }, testsMin: 10 },
  {
    name: 'e-commerce',
    id: 'GD-01] [GQ-03] [GP-07',
    rows: { products: 8, shop_events: 120 },
    testsMin: 20,
  },
];

for (const { name, id, rows, testsMin } of EXAMPLES) {
  const directory = fileURLToPath(new URL(`../../examples/${name}/`, import.meta.url));
  const tests = await readTests(directory);

  describe(`[${id}] the example ${name}`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await TestServer.start();
    });
    afterAll(() => server.stop());

    test('is made by its datafiles and filled by its fixtures; a second time nothing happens', async () => {
      const project = await readProject(directory);
      const applyAndSend = async () => {
        await applyProject(server.client(), project);
        return sendFixtures(server.client(), directory);
      };
      const sent = Object.entries(rows).map(([datasource, count]) => ({
        datasource,
        successful_rows: count,
        quarantined_rows: 0,
      }));
      expect(await applyAndSend()).toEqual(sent);
      expect(await applyAndSend()).toEqual([]);
      if (name === 'web-analytics')
        await sendEvents(server.client(), events(GENERATED.events, GENERATED.seed), GENERATED.sending);
      expect(tests.length).toBeGreaterThanOrEqual(testsMin);
      const endpoints = project.pipes.map((pipe) => pipe.name);
      expect(tests.map(({ pipe }) => pipe).filter((pipe) => !endpoints.includes(pipe))).toEqual([]);
    });

    test.each(tests)('$pipe: $name', async (one) => {
      expect(await askEndpoint(server.client(), one)).toEqual({ status: one.status, text: one.expected });
    });
  });
}
