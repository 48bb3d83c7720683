import type { QueryResult } from '@goldcrest/engine';
import { expect, test } from 'vitest';
import { SharedRuns } from './sharedRuns.js';

const RESULT = { rowsRead: 1, bytesRead: 1, elapsedSeconds: 0 };

function ask(shared: SharedRuns, keepSeconds: number, body: string): Promise<string> {
  const request = { workspaceId: 'w', key: 'SELECT 1', keepSeconds, signal: new AbortController().signal };
  const start = async (): Promise<QueryResult> => ({ ...RESULT, body: Buffer.from(body) });
  return shared.get(request, start).then(({ result }) => Buffer.from(result.body).toString());
}

test('[TPF-39] a result that one request lets be kept is no answer for another that does not', async () => {
  const shared = new SharedRuns();
  expect(await ask(shared, 60, 'old')).toBe('old');
  expect(await ask(shared, 0, 'new')).toBe('new');
  expect(await ask(shared, 60, 'newer')).toBe('old');
});
