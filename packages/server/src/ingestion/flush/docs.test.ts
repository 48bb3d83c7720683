import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { GATHERED_BYTES } from './flusher.js';
import { INSERT_LIMITS } from './insertLines.js';
import { OWN_ROWS_MAX } from './pathSearch.js';

const docs = (name: string): Promise<string> =>
  readFile(new URL(`../../../../../docs/${name}.md`, import.meta.url), 'utf8');

test('[EV-27] [EV-28] docs/ingestion.md and docs/materialized-views.md have the numbers that hold', async () => {
  const { seconds, memoryBytes } = INSERT_LIMITS;
  const gibibytes = memoryBytes / 1024 ** 3;
  const ingestion = await docs('ingestion');
  expect(ingestion).toContain(`when there are ${GATHERED_BYTES / 1024 ** 2} MiB of them`);
  expect(ingestion).toContain(`An insert has ${seconds} seconds and ${gibibytes} GiB of memory`);
  expect(ingestion).toContain(`on more than ${OWN_ROWS_MAX} of an insert`);
  expect(await docs('materialized-views')).toMatch(
    new RegExp(`all of them together have ${seconds} seconds\\sand ${gibibytes} GiB of memory`),
  );
});
