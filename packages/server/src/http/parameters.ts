import type { FastifyRequest } from 'fastify';
import { stringify } from 'lossless-json';
import { ApiError } from '../errors/index.js';
import { hasMediaType, readText } from './body.js';

/** The media type of HTML forms, which curl's `-d` sends unless told otherwise. */
export const FORM = 'application/x-www-form-urlencoded';

/**
 * The parameters of a request, from the URL's query and, for a form, its body (GN-07). The body wins.
 * As a text, a parameter that is given several times has its last value.
 */
export class Parameters {
  private constructor(private readonly values: ReadonlyMap<string, unknown>) {}

  /** Reads the parameters of `request`. */
  static of(request: FastifyRequest): Parameters {
    return Parameters.with(request, formParameters(request));
  }

  /**
   * The same, for routes on which a body that is no form would be left out of account, and what it says with it.
   * @throws ApiError unsupported_media_type
   */
  static ofForm(request: FastifyRequest): Parameters {
    if (!hasMediaType(request, FORM) && readText(request).trim() !== '') throw unsupportedMediaType(request);
    return Parameters.of(request);
  }

  /** The parameters of the URL together with others that were read from the body, which win. */
  static with(request: FastifyRequest, others: Iterable<readonly [string, string]>): Parameters {
    return new Parameters(new Map([...grouped(urlParameters(request)), ...grouped(others)]));
  }

  /**
   * The parameters of the URL together with the fields of a JSON object.
   * @throws ApiError invalid_body when the document is no object
   */
  static withJson(request: FastifyRequest, body: unknown): Parameters {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw ApiError.of('invalid_body', { reason: 'it is not a JSON object such as {"name": "value"}.' });
    }
    return new Parameters(new Map<string, unknown>([...grouped(urlParameters(request)), ...present(body)]));
  }

  /** The fields of an object in a JSON body. */
  static ofObject(object: object): Parameters {
    return new Parameters(new Map<string, unknown>(present(object)));
  }

  /** Reads the parameters of the URL only, for routes whose body is data whatever its media type says (EV-08). */
  static ofUrl(request: FastifyRequest): Parameters {
    return new Parameters(grouped(urlParameters(request)));
  }

  /** The parameter's text, or undefined when it was not sent. */
  text(name: string): string | undefined {
    const value = this.values.get(name);
    if (value === undefined || typeof value === 'string') return value;
    if (typeof value === 'bigint') return String(value);
    return isRepeated(value) ? value.at(-1) : stringify(value);
  }

  /** Every parameter as it was sent: a text, an array of texts when it was repeated, or the value of a JSON body. */
  all(): Iterable<[string, unknown]> {
    return this.values;
  }

  /**
   * The parameter's text.
   * @throws ApiError missing_parameter with `hint` when it was not sent or is empty
   */
  required(name: string, hint: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw ApiError.of('missing_parameter', { name, hint });
    return value;
  }

  /**
   * A switch: true/false, 1/0, yes/no, on/off in any case.
   * @throws ApiError invalid_parameter for anything else
   */
  flag(name: string, otherwise: boolean): boolean {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined || value === '') return otherwise;
    if (['true', '1', 'yes', 'on'].includes(value)) return true;
    if (['false', '0', 'no', 'off'].includes(value)) return false;
    throw ApiError.of('invalid_parameter', { name, reason: `\`${value}\` is neither true nor false.` });
  }

  /** All parameters whose name begins with `prefix`. */
  startingWith(prefix: string): [string, string][] {
    return [...this.values.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => [name, this.text(name) ?? '']);
  }
}

/** The error for a body that can't be read as parameters. */
export function unsupportedMediaType({ headers }: FastifyRequest): ApiError {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return ApiError.of('unsupported_media_type', { type: type.trim() || 'a body without Content-Type' });
}

/** null in JSON is a parameter that was not sent. */
function present(object: object): [string, unknown][] {
  return Object.entries(object).filter(([, value]) => value !== null);
}

/** The values of each name: its text, or all its texts when it is there several times. */
function grouped(pairs: Iterable<readonly [string, string]>): Map<string, string | RepeatedTexts> {
  const found = new Map<string, string | RepeatedTexts>();
  for (const [name, text] of pairs) {
    const before = found.get(name);
    if (before === undefined) found.set(name, text);
    else if (typeof before === 'string') found.set(name, new RepeatedTexts(before, text));
    else before.push(text);
  }
  return found;
}

/** The texts of a repeated parameter, which a JSON array of texts is not. */
class RepeatedTexts extends Array<string> {}

function isRepeated(value: unknown): value is RepeatedTexts {
  return value instanceof RepeatedTexts;
}

const read = new WeakMap<FastifyRequest, URLSearchParams>();

/** The parameters of the URL's query, read once for each request. Nobody may change them. */
export function urlParameters(request: FastifyRequest): URLSearchParams {
  const known = read.get(request);
  if (known !== undefined) return known;
  const start = request.url.indexOf('?');
  const parameters = new URLSearchParams(start < 0 ? '' : request.url.slice(start + 1));
  read.set(request, parameters);
  return parameters;
}

function formParameters(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(hasMediaType(request, FORM) ? readText(request) : '');
}
