import type { FastifyInstance } from 'fastify';
import { ApiError } from '../errors/index.js';

/** Something that can say whether it answers. */
export interface Pingable {
  ping(): Promise<void>;
}

/** How long a part may take to answer `/ready`. */
const PING_MS_MAX = 2000;

/** `/health`: the process is up. `/ready`: the engine and the metadata store answer (MON items). */
export function healthRoutes(app: FastifyInstance, parts: { engine: Pingable; metadata: Pingable }): void {
  app.get('/health', { config: { access: 'public' } }, async () => ({ status: 'ok' }));

  app.get('/ready', { config: { access: 'public' } }, async (_request, reply) => {
    const [engine, metadata] = await Promise.all([answers(parts.engine), answers(parts.metadata)]);
    const status = engine && metadata ? 'ok' : 'not ready';
    return reply
      .code(status === 'ok' ? 200 : 503)
      .send({ status, engine: word(engine), metadata: word(metadata) });
  });
}

function word(ok: boolean): string {
  return ok ? 'ok' : 'no answer';
}

async function answers(part: Pingable): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(ApiError.of('unavailable', { state: 'slow to answer' })), PING_MS_MAX);
  });
  try {
    await Promise.race([part.ping(), late]);
    return true;
  } catch {
    // Why it does not answer is in that part's own log; here it is only the fact that counts.
    return false;
  } finally {
    clearTimeout(timer);
  }
}
