import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { GoldcrestClient, IngestionCounts } from '@goldcrest/client';

/** Where fixtures may be in a project, and the end of their names (wild §8). */
const FOLDERS = ['fixtures', 'datasources/fixtures'];
const EXTENSION = '.ndjson';

/** Rows in one request: far below what a request may hold, however long the rows are. */
const BATCH_ROWS = 1000;

/** Where the rows of one fixture went. */
export interface FixtureCounts extends IngestionCounts {
  datasource: string;
}

/**
 * Sends the project's fixtures, `fixtures/<Data Source>.ndjson`, and waits until they can be queried (CF-15, EV-03). A Data Source that has
 * rows already gets none.
 *
 * @returns what was sent, a line for each fixture
 * @throws ApiReplyError when the server refuses, also when there is no such Data Source
 */
export async function sendFixtures(client: GoldcrestClient, directory: string): Promise<FixtureCounts[]> {
  const sent: FixtureCounts[] = [];
  for (const file of await fixtureFiles(directory)) {
    const datasource = basename(file, EXTENSION);
    const { statistics } = await client.dataSource(datasource);
    if (statistics.row_count) continue;
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.trim() !== '');
    sent.push({ datasource, ...(await sendLines(client, datasource, lines)) });
  }
  return sent;
}

async function fixtureFiles(directory: string): Promise<string[]> {
  const files: string[] = [];
  for (const folder of FOLDERS) {
    const names = await readdir(join(directory, folder)).catch(none);
    files.push(
      ...names.filter((name) => name.endsWith(EXTENSION)).map((name) => join(directory, folder, name)),
    );
  }
  return files.sort();
}

/** A project without that folder has no fixtures there. */
function none(error: unknown): string[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
  throw error;
}

async function sendLines(
  client: GoldcrestClient,
  datasource: string,
  lines: readonly string[],
): Promise<IngestionCounts> {
  const total = { successful_rows: 0, quarantined_rows: 0 };
  for (let start = 0; start < lines.length; start += BATCH_ROWS) {
    const body = lines.slice(start, start + BATCH_ROWS).join('\n');
    const counts = await client.events(datasource, body, { wait: true });
    total.successful_rows += counts.successful_rows;
    total.quarantined_rows += counts.quarantined_rows;
  }
  return total;
}
