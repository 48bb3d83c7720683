import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { applyProject, readProject, sendFixtures } from '@goldcrest/project';
import { TestServer } from '@goldcrest/server/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, ask } from './ask.js';
import { type Expected, readCases } from './readCases.js';

/** Fewer would mean that a file was not read. */
const CASES_MIN = 100;

const here = new URL('./', import.meta.url);
const topics = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ name, cases: readCases(new URL(`${name}/cases.txt`, here)) }));

/** What an answer has to be like. */
function answerLike(expected: Expected): unknown {
  if (expected.kind === 'error') return { status: expected.status, error: expected.text };
  if (expected.kind === 'missing')
    return {
      status: 400,
      error: expect.stringContaining(`no Service Data Source \`tinybird.${expected.table}\``),
    };
  const { columns, rows } = expected;
  return { status: 200, columns, rows: rows === 'any' ? expect.any(Array) : rows };
}

describe.each(topics)('samples of the documentation: $name', ({ name, cases }) => {
  const directory = fileURLToPath(new URL(`${name}/`, here));
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start();
    await applyProject(server.client(), await readProject(directory));
    const quarantined = (await sendFixtures(server.client(), directory)).filter(
      (sent) => sent.quarantined_rows > 0,
    );
    expect(quarantined).toEqual([]);
  });
  afterAll(() => server.stop());

  test.each(cases)('$title', async (one) => {
    const answers: Answer[] = await ask(server.client(), one);
    expect(answers).toEqual(one.questions.map(({ expected }) => answerLike(expected)));
  });
});

test('there are enough of them, and no two are the same', () => {
  const all = topics.flatMap(({ name, cases }) =>
    cases.map(({ sample, files }) => JSON.stringify([name, sample, ...files])),
  );
  expect(all.length).toBeGreaterThanOrEqual(CASES_MIN);
  expect(all.filter((text, index) => all.indexOf(text) !== index)).toEqual([]);
});
