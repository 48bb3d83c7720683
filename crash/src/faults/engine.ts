import { setTimeout as delay } from 'node:timers/promises';
import { type Engine, EngineError, type InsertCost, type InsertFileRequest } from '@goldcrest/engine';
import type { Faults } from './faults.js';

/** An engine whose inserts fail, before or after they were written, or take long. All else is as it is. */
export function faultyEngine(engine: Engine, faults: Faults): Engine {
  return new Proxy(engine, {
    get: (target, name) => {
      if (name === 'insertFile') return (request: InsertFileRequest) => insertFile(target, request, faults);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function insertFile(engine: Engine, request: InsertFileRequest, faults: Faults): Promise<InsertCost> {
  if (faults.happens('slowInsert')) await delay(faults.slowMs());
  const isOut = faults.lasts('tableError', `${request.database}.${request.table}`);
  if (isOut || faults.happens('insertError')) {
    throw new EngineError(
      'Can not reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)',
      243,
      'NOT_ENOUGH_SPACE',
    );
  }
  const cost = await engine.insertFile(request);
  if (faults.happens('insertErrorAfter')) {
    throw new EngineError(
      'Timeout exceeded while reading from socket. (SOCKET_TIMEOUT)',
      209,
      'SOCKET_TIMEOUT',
    );
  }
  return cost;
}
