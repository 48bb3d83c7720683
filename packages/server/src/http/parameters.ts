import type { FastifyRequest } from 'fastify';
import { ApiError } from '../errors/index.js';
import { hasMediaType, readText } from './body.js';

/** The media type of HTML forms, which curl's `-d` sends unless told otherwise. */
export const FORM = 'application/x-www-form-urlencoded';

/**
 * The parameters of a request, from the URL's query and, for a form, its body (GN-07). The body wins.
 * A parameter that is given several times keeps its last value.
 */
export class Parameters {
  private constructor(private readonly values: ReadonlyMap<string, string>) {}

  /** Reads the parameters of `request`. */
  static of(request: FastifyRequest): Parameters {
    return Parameters.with(request, formParameters(request));
  }

  /** The parameters of the URL together with others that were read from the body, which win. */
  static with(request: FastifyRequest, others: Iterable<readonly [string, string]>): Parameters {
    return new Parameters(new Map([...urlParameters(request), ...others]));
  }

  /**
   * The parameters of the URL together with the fields of a JSON object; a field that is not text counts as its JSON.
   * @throws ApiError invalid_body when the document is no object
   */
  static withJson(request: FastifyRequest, body: unknown): Parameters {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw ApiError.of('invalid_body', { reason: 'it is not a JSON object such as {"name": "value"}.' });
    }
    const present = Object.entries(body).filter(([, value]) => value !== null);
    const texts = present.map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    return Parameters.with(request, texts);
  }

  /** Reads the parameters of the URL only, for routes whose body is data whatever its media type says (EV-08). */
  static ofUrl(request: FastifyRequest): Parameters {
    return Parameters.with(request, []);
  }

  /** The parameter's text, or undefined when it was not sent. */
  text(name: string): string | undefined {
    return this.values.get(name);
  }

  /**
   * The parameter's text.
   * @throws ApiError missing_parameter with `hint` when it was not sent or is empty
   */
  required(name: string, hint: string): string {
    const value = this.values.get(name);
    if (value === undefined || value === '') throw ApiError.of('missing_parameter', { name, hint });
    return value;
  }

  /**
   * A switch: true/false, 1/0, yes/no, on/off in any case.
   * @throws ApiError invalid_parameter for anything else
   */
  flag(name: string, otherwise: boolean): boolean {
    const value = this.values.get(name)?.toLowerCase();
    if (value === undefined || value === '') return otherwise;
    if (['true', '1', 'yes', 'on'].includes(value)) return true;
    if (['false', '0', 'no', 'off'].includes(value)) return false;
    throw ApiError.of('invalid_parameter', { name, reason: `\`${value}\` is neither true nor false.` });
  }

  /** All parameters whose name begins with `prefix`. */
  startingWith(prefix: string): [string, string][] {
    return [...this.values].filter(([name]) => name.startsWith(prefix));
  }
}

/** The parameters of the URL's query. */
export function urlParameters(request: FastifyRequest): URLSearchParams {
  const start = request.url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : request.url.slice(start + 1));
}

function formParameters(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(hasMediaType(request, FORM) ? readText(request) : '');
}
