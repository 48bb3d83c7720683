import { TemplateFailure, valueFailure } from '../errors.js';
import type { Frame } from '../frame.js';
import { isDict, isList, SqlText, toText, typeName, type Value } from '../value.js';
import { argument, type BoundCall, type TemplateFunction } from './signature.js';

/** Statuses that say «refused». Anything else in a custom error counts as 400. */
const STATUS_MIN = 400;
const STATUS_MAX = 599;

/** Functions that end the rendering with an answer of the author's own. (TPF-43, TPF-44) */
export const REPLY_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['error', { args: ['message'], min: 1, call: error }],
  ['custom_error', { args: ['message', 'code'], min: 1, call: customError }],
]);

function error(frame: Frame, call: BoundCall): never {
  throw new TemplateFailure({ kind: 'custom', reason: toText(argument(frame, call, 0)) });
}

function customError(frame: Frame, call: BoundCall): never {
  const body = argument(frame, call, 0);
  if (typeof body === 'string') throw new TemplateFailure({ kind: 'custom', reason: body });
  if (!isDict(body))
    throw valueFailure(
      `custom_error() takes a dict such as {'error': '…', 'code': 400}, not ${typeName(body)}.`,
    );
  const message = body.get('error');
  throw new TemplateFailure({
    kind: 'custom',
    reason: toText(message ?? body),
    status: statusOf(argument(frame, call, 1) ?? body.get('code') ?? null),
    payload: Object.fromEntries([...body].map(([key, value]) => [key, toPlain(value)])),
  });
}

function statusOf(code: Value): number {
  const status = typeof code === 'bigint' || typeof code === 'string' ? Number(code) : STATUS_MIN;
  return Number.isInteger(status) && status >= STATUS_MIN && status <= STATUS_MAX ? status : STATUS_MIN;
}

/** A value as JSON.stringify takes it; integers beyond a double's become text. */
function toPlain(value: Value): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (isList(value)) return value.map(toPlain);
  if (isDict(value)) return Object.fromEntries([...value].map(([key, item]) => [key, toPlain(item)]));
  return value instanceof SqlText ? value.sql : value;
}
