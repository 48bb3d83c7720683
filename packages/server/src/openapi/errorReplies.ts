import { json, type Reply, type Schema } from './document.js';

/** What each status of an error means, whatever was asked. */
const MEANINGS = {
  400: 'The request or its SQL is not right. The text says what to change.',
  403: 'There is no valid token, or the token may not do this.',
  404: 'There is no such thing, or it is not published.',
  405: 'The path has no such method.',
  408: 'The query took longer than it may.',
  409: 'The name is taken, or something else depends on this.',
  411: 'The length of the body is not stated.',
  413: 'The body is larger than the route takes.',
  414: 'The URL is too long. Send the parameters with POST.',
  415: 'The body is neither a form nor JSON.',
  429: 'Too much at once. Try again in a moment.',
  500: 'The server or its database failed.',
  501: 'This is not available.',
  503: 'The server can not answer just now. Try again in a moment.',
} as const;

/** A status that is documented as an error. */
export type ErrorStatus = keyof typeof MEANINGS;

/** The body of every error (GN-19). */
const ERROR: Schema = {
  type: 'object',
  properties: { error: { type: 'string', description: 'What is wrong, and what to do.' } },
  required: ['error'],
};

/** The schema and replies of errors, for `components`. */
export function errorComponents(statuses: readonly ErrorStatus[]): {
  schemas: Record<string, Schema>;
  responses: Record<string, Reply>;
} {
  return {
    schemas: { Error: ERROR },
    responses: Object.fromEntries(statuses.map((status) => [`Error${status}`, errorReply(status)])),
  };
}

/** References to the error replies, for an operation. */
export function errorReferences(statuses: readonly ErrorStatus[]): Record<string, Reply> {
  return Object.fromEntries(
    statuses.map((status) => [String(status), { $ref: `#/components/responses/Error${status}` }]),
  );
}

function errorReply(status: ErrorStatus): Reply {
  return {
    description: MEANINGS[status],
    headers: {
      'X-DB-Exception-Code': {
        description: "The database's number for the error, when it is the database's.",
        schema: { type: 'string' },
      },
    },
    content: json({ $ref: '#/components/schemas/Error' }),
  };
}
