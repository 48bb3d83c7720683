/** The server answered with an error. */
export class ApiReplyError extends Error {
  override readonly name = 'ApiReplyError';

  private constructor(
    message: string,
    readonly status: number,
    /** ULID of the request, as the server's log has it (GN-18). */
    readonly requestId: string | null,
    /** The database's error number, when it was the database (GN-17). */
    readonly databaseCode: string | null,
  ) {
    super(message);
  }

  /** Reads an error reply: the text of `{"error": …}`, else the whole body (GN-19). */
  static async from(response: Response): Promise<ApiReplyError> {
    const { headers, status } = response;
    const message = errorText(await response.text());
    return new ApiReplyError(
      message,
      status,
      headers.get('x-request-id'),
      headers.get('x-db-exception-code'),
    );
  }
}

function errorText(body: string): string {
  try {
    const document: unknown = JSON.parse(body);
    if (typeof document === 'object' && document !== null && 'error' in document)
      return String(document.error);
  } catch {
    // Not JSON: a proxy in between answered. Its text is all there is to show.
  }
  return body;
}
