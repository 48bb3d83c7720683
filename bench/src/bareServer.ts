import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RawConnections } from './rawHttp.js';

const CHILD = fileURLToPath(new URL('./bareServerChild.js', import.meta.url));

/** Starts a bare server in a process of its own, lets it be measured, and ends it. */
export async function withBareServer<T>(measure: (raw: RawConnections) => Promise<T>): Promise<T> {
  const child = fork(CHILD, [], { execArgv: [] });
  try {
    const [url]: unknown[] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('The bare server did not start.'))),
    ]);
    const raw = new RawConnections(String(url));
    try {
      return await measure(raw);
    } finally {
      raw.close();
    }
  } finally {
    child.kill('SIGKILL');
  }
}
