import { stat } from 'node:fs/promises';
import { GoldcrestClient, localToken } from '@goldcrest/client';
import { applyProject, endpointNames } from './apply.js';
import { ArgumentError, type Command, HELP, readArguments } from './arguments.js';
import { sendFixtures } from './fixtures.js';
import { readProject } from './read.js';
import { askEndpoint, readTests } from './tests.js';

/** Takes a line of output, without its line break. */
export type Say = (line: string) => void;

/**
 * Runs `npm run apply`; never throws.
 *
 * @param args what follows the program's name
 * @returns the exit code: 0, 1 when something could not be done or a test failed, 2 for wrong arguments
 */
export async function runCommand(args: readonly string[], out: Say, err: Say): Promise<number> {
  try {
    const command = readArguments(args);
    if (command.kind === 'apply') return await apply(command, out);
    out(HELP);
    return 0;
  } catch (error) {
    err(`apply: ${sentence(error)}`);
    return error instanceof ArgumentError ? 2 : 1;
  }
}

async function apply(command: Extract<Command, { kind: 'apply' }>, out: Say): Promise<number> {
  const { directory, url, token, test } = command;
  if (!(await isDirectory(directory))) throw new ArgumentError(`There is no folder ${directory}.`);
  const project = await readProject(directory);
  const client = new GoldcrestClient({ host: url, token: token ?? (await localToken(url)) });
  await applyProject(client, project);
  for (const { datasource, successful_rows: rows, quarantined_rows: quarantined } of await sendFixtures(
    client,
    directory,
  ))
    out(`${datasource}: ${rows} rows sent, ${quarantined} in quarantine`);
  for (const name of endpointNames(project)) out(`${url}/v0/pipes/${name}.json`);
  return test ? runTests(client, directory, out) : 0;
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function runTests(client: GoldcrestClient, directory: string, out: Say): Promise<number> {
  const tests = await readTests(directory);
  let failed = 0;
  for (const test of tests) {
    const answer = await askEndpoint(client, test);
    if (answer.status === test.status && answer.text === test.expected) continue;
    failed++;
    out(`${test.pipe}, ${test.name}: expected ${test.status}\n${test.expected}`);
    out(`but was ${answer.status}\n${answer.text}`);
  }
  out(`${tests.length - failed} of ${tests.length} tests passed`);
  return failed === 0 ? 0 : 1;
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // `fetch failed` says nothing; its cause says that nobody listens, or what else it was.
  const cause = error.cause instanceof Error && !(error instanceof ArgumentError) ? error.cause : undefined;
  return cause === undefined
    ? error.message
    : `${error.message} (${reasonOf(cause)}). Is the server running?`;
}

function reasonOf(cause: Error): string {
  return 'code' in cause ? `${String(cause.code)} ${cause.message}`.trim() : cause.message;
}
