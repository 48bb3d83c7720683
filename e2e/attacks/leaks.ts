import type { Reply } from '@goldcrest/server/testing';
import { CANARIES, type World } from './world.js';

/** Names of databases of Workspaces, and lines of a stack, JavaScript's and the engine's. */
const NEVER = [/w_[0-9a-f]{32}/, /\\n {4}at /, /node_modules/, /Stack trace/i, /\.(?:cpp|ts|js):\d/];

/**
 * What a reply says that its reader is not to know: what lies beyond, names of the server, paths, stacks. What he has sent himself
 * is no news to him.
 * @param known what he may know all the same
 */
export function leaksOf(
  { server }: World,
  { status, body, headers }: Reply,
  sent: string,
  known: readonly string[] = [],
): string[] {
  const text = `${JSON.stringify(body)} ${JSON.stringify([...headers])}`;
  const isNew = (leak: string): boolean => !sent.includes(leak) && !known.includes(leak);
  const secrets = [...Object.values(CANARIES), 'foreign_', server.directory];
  const found = secrets.filter((secret) => text.includes(secret));
  const forbidden = NEVER.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);
  const fault = status >= 500 && !/Memory/i.test(text) ? [`status ${status}`] : [];
  const forged = headers.has('x-evil') ? ['a header'] : [];
  return [...[...found, ...forbidden].filter(isNew), ...fault, ...forged];
}
