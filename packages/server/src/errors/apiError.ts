import { catalogue, type ErrorCode, type ErrorValues } from './catalogue.js';

/** What an error may add to its reply besides the text. */
export interface ErrorExtras {
  /** Response headers, e.g. `Retry-After`. */
  headers?: Readonly<Record<string, string>>;
  /** What led to it, for the log only. */
  cause?: unknown;
  /** In place of the catalogue's: what the author of a template answers with. */
  status?: number;
  /** The whole document to answer, in place of `{"error": text}`. */
  body?: Readonly<Record<string, unknown>>;
}

/**
 * An error that is answered to the client (GN-11, GN-19): `{"error": text}` with the catalogue's status.
 * Everything else that is thrown while serving a request is answered as `internal_error`.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;

  private constructor(
    readonly code: ErrorCode,
    message: string,
    extras: ErrorExtras,
  ) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = 'ApiError';
    this.status = extras.status ?? catalogue[code].status;
    this.body = extras.body ?? { error: message };
    this.headers = extras.headers ?? {};
  }

  /** Makes the error `code` of the catalogue with its text's places filled from `values`. */
  static of<Code extends ErrorCode>(
    code: Code,
    values: ErrorValues<Code>,
    extras: ErrorExtras = {},
  ): ApiError {
    const given = new Map<string, string | number>(Object.entries(values));
    const text = catalogue[code].text.replace(/\{(\w+)\}/g, (place, name: string) =>
      String(given.get(name) ?? place),
    );
    // A hint that is empty leaves a gap.
    return new ApiError(code, text.replace(/ {2,}/g, ' ').trim(), extras);
  }
}
