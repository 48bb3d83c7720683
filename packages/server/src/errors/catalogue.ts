/**
 * Every error that the API answers with: its HTTP status and its text. `{name}` is filled in where it is raised.
 * A text says what is wrong and what to do. Each code has a section in `docs/errors.md`; a test keeps the two equal.
 */
export const catalogue = {
  // Requests in general (GN-09, GN-11)
  bad_request: { status: 400, text: '{reason}' },
  missing_parameter: { status: 400, text: 'The parameter `{name}` is missing. {hint}' },
  invalid_parameter: { status: 400, text: 'The parameter `{name}` is not valid: {reason}' },
  invalid_body: { status: 400, text: 'The request body is not valid: {reason}' },
  route_not_found: {
    status: 404,
    text: 'There is no {method} {path} here. See docs/api.md for the routes of this server.',
  },
  method_not_allowed: { status: 405, text: '{method} is not allowed on {path}. Allowed: {allowed}.' },
  length_required: {
    status: 411,
    text: 'Send a valid Content-Length header: chunked request bodies are not accepted.',
  },
  body_too_large: {
    status: 413,
    text: 'The request body is larger than the {limit} bytes that this route takes. Send it in smaller parts.',
  },
  header_too_large: {
    status: 431,
    text: 'The headers of the request are larger than {limit} bytes.',
  },
  uri_too_long: {
    status: 414,
    text: 'The URL is longer than {limit} bytes. Send the parameters in the body of a POST request.',
  },
  unsupported_media_type: {
    status: 415,
    text: 'Parameters can not be read from {type}. Send them in the URL, as a form (application/x-www-form-urlencoded) or as a JSON object (application/json).',
  },
  unsupported_encoding: {
    status: 400,
    text: 'Content-Encoding `{encoding}` is not supported. Send the body as it is, or compressed with gzip.',
  },
  not_available: { status: 501, text: '{feature} is not available in this version of Goldcrest. {instead}' },
  internal_error: {
    status: 500,
    text: 'Something went wrong on the server. Its log has the details under request id {requestId}.',
  },
  unavailable: { status: 503, text: 'The server is {state}. Try again in a moment.' },

  // Tokens and rights (GN-03, GN-04, GN-24, ERR-13)
  token_missing: {
    status: 403,
    text: 'A token is needed: send the header `Authorization: Bearer <token>` or the parameter `token=<token>`.',
  },
  token_invalid: {
    status: 403,
    text: 'The token is not valid here: it is incomplete, was made by another server, or has been removed.',
  },
  scope_missing: { status: 403, text: 'The token `{token}` may not do this: it needs the scope {scope}.' },
  invalid_filter: {
    status: 400,
    text: 'The filter for rows of the Data Source `{datasource}` can not be used: {reason}',
  },
  filter_unusable: {
    status: 403,
    text: 'The token `{token}` may read some rows of `{table}` only. {message} Nothing is read until the token has another filter.',
  },
  workspace_gone: { status: 404, text: "The token's Workspace does not exist on this server." },
  tokens_not_local: {
    status: 403,
    text: 'This route answers only to requests from the same machine. Start the server with --tokens-endpoint any to change that.',
  },

  // Names (DM-01…DM-06)
  invalid_name: { status: 400, text: '{reason}' },
  name_taken: {
    status: 409,
    text: 'The name `{name}` is taken by a {kind} of this Workspace. Choose another one.',
  },

  // Data Sources (ERR-03)
  datasource_not_found: { status: 404, text: 'There is no Data Source `{name}` in this Workspace. {hint}' },
  invalid_schema: { status: 400, text: 'The schema is not valid: {reason}' },
  invalid_engine: { status: 400, text: 'The engine options are not valid: {reason}' },

  // Events (ERR-02)
  no_events: {
    status: 400,
    text: 'The body holds no events. Send one JSON object per line, or one JSON document with format=json.',
  },
  no_keys: {
    status: 400,
    text: 'There is no Data Source of this name, and the events have no keys that could become its columns. Send an event with values, or create the Data Source with a schema.',
  },
  not_json: {
    status: 400,
    text: 'The body is not NDJSON: {reason} Send one JSON object per line, or use format=json.',
  },
  document_not_json: {
    status: 400,
    text: 'The body is not a JSON document: {reason} With format=json it is one event, or an array of events.',
  },
  too_many_events: {
    status: 413,
    text: 'The body has more than {limit} events. Send them in smaller parts.',
  },
  events_too_large: {
    status: 413,
    text: 'As rows, with what is wrong in those that go to quarantine, the events take more than {limit} bytes. Nothing was stored; send them in smaller parts.',
  },
  events_rate_limited: {
    status: 429,
    text: 'The Data Source takes {limit} per second at the most. Nothing was stored; send it again after the time in Retry-After.',
  },
  ingestion_overloaded: {
    status: 503,
    text: 'Too many events are waiting to be written. Nothing was stored; try again.',
  },
  ingestion_behind: {
    status: 503,
    text: 'Events of `{name}` have been waiting for the database for more than {seconds} s. They are safe, but nothing of this request was stored; try again later.',
  },
  ingestion_disk: {
    status: 503,
    text: 'The events could not be written to the disk ({reason}). Nothing was stored; try again.',
  },
  view_failed: {
    status: 422,
    text: 'The events are stored in `{name}`, but a Materialized View misses {missed}. {reason} Do not send them again; mend the view.',
  },
  view_failed_landing: {
    status: 422,
    text: 'The Data Source `{name}` keeps no events itself, and a Materialized View misses {missed}. {reason} They are kept in {kept}. Do not send them again; mend the view.',
  },
  events_set_aside: {
    status: 500,
    text: 'The database refuses the events for `{name}`: {reason} They are kept in the folder `ingestion/set-aside` of the data directory, from where they go in when the cause is mended. Do not send them again.',
  },

  // Pipes (ERR-07, ERR-08)
  pipe_not_found: { status: 404, text: 'There is no Pipe `{name}` in this Workspace. {hint}' },
  pipe_not_published: {
    status: 404,
    text: 'The Pipe `{name}` has no published endpoint. Publish a node with POST /v0/pipes/{name}/nodes/<node>/endpoint.',
  },
  wrong_node: { status: 400, text: 'The Pipe `{pipe}` has no node `{node}`. Its nodes are: {nodes}.' },
  node_not_found: { status: 404, text: 'The Pipe `{pipe}` has no node `{node}`. Its nodes are: {nodes}.' },
  node_published: {
    status: 400,
    text: 'The node `{node}` is published as the endpoint of the Pipe `{pipe}`. Unpublish it first with DELETE /v0/pipes/{pipe}/nodes/{node}/endpoint.',
  },
  node_has_view: {
    status: 400,
    text: 'The node `{node}` of the Pipe `{pipe}` is materialized. Unlink it first with DELETE /v0/pipes/{pipe}/nodes/{node}/materialization.',
  },
  node_only: {
    status: 400,
    text: 'The node `{node}` is the only one of the Pipe `{pipe}`. Delete the Pipe instead.',
  },
  node_not_published: {
    status: 400,
    text: 'The node `{node}` is not the published node of the Pipe `{pipe}`.',
  },
  pipe_has_role: {
    status: 409,
    text: 'The Pipe `{pipe}` is {role}, and a Pipe has one role. Take it away first with DELETE /v0/pipes/{pipe}/nodes/{node}/{way}, or make another Pipe.',
  },
  version_not_found: {
    status: 404,
    text: 'The Pipe `{pipe}` has no version {version}, or it is no longer kept. GET /v0/pipes/{pipe}/versions lists them.',
  },
  changed_meanwhile: {
    status: 409,
    text: 'The Pipe `{name}` was changed by another request at the same time. Nothing was written; read it again and repeat your change.',
  },
  in_use: {
    status: 409,
    text: 'The {kind} `{name}` is read by {readers}. Change them first, or send force=true to go on: then they fail until they are changed.',
  },
  circular_reference: { status: 400, text: 'The query goes round in a circle: {path}.' },
  unknown_format: { status: 404, text: 'There is no data format `{format}`. Use one of: {formats}.' },

  // Materialized Views (ERR-09)
  not_materializable: { status: 400, text: 'The node `{node}` can not be materialized: {reason}' },
  node_materialized: {
    status: 400,
    text: 'The node `{node}` of the Pipe `{pipe}` is materialized already, into `{datasource}`. Unlink it first with DELETE /v0/pipes/{pipe}/nodes/{node}/materialization.',
  },
  node_not_materialized: {
    status: 404,
    text: 'The node `{node}` of the Pipe `{pipe}` is not materialized.',
  },
  view_circle: {
    status: 400,
    text: 'Rows would go round without end: {path}. Materialize the node into another Data Source.',
  },
  override_impossible: {
    status: 409,
    text: 'The Data Source `{name}` can not be overridden: {reason} Materialize the node into another one, or into this one without override_datasource.',
  },
  needed_by_view: {
    status: 409,
    text: '{what} is needed as it is by Materialized Views: {views}. Unlink them first with DELETE /v0/pipes/<Pipe>/nodes/<node>/materialization.',
  },
  filled_by_view: {
    status: 409,
    text: 'The Data Source `{name}` is filled by Materialized Views: {views}. Send force=true to unlink them and go on.',
  },

  // Queries (ERR-06, ERD-01, ERD-05)
  query_empty: {
    status: 400,
    text: 'There is no query. Send it as the parameter `q` or as the request body.',
  },
  query_too_large: {
    status: 400,
    text: 'With the values of its parameters and the Pipes that it reads the query has more than {limit} bytes, which is as much as the database reads. Send fewer or shorter values.',
  },
  query_too_long: { status: 400, text: 'The query is longer than {limit} bytes.' },
  query_invalid: { status: 400, text: '{message}' },
  query_refused: { status: 403, text: '{message}' },
  table_not_found: {
    status: 400,
    text: 'There is no Data Source or Pipe `{name}` in this Workspace. {hint} (UNKNOWN_TABLE)',
  },
  prometheus_invalid: {
    status: 400,
    text: 'The result can not be written as Prometheus metrics: {reason} It needs the columns name (text) and value (number), and takes help and type (texts), timestamp (number) and labels (Map of texts).',
  },
  service_datasource_not_found: {
    status: 400,
    text: 'There is no Service Data Source `{name}` on this server. {hint} (UNKNOWN_TABLE)',
  },
  service_datasource_needs_admin: {
    status: 403,
    text: 'Only a token with the scope ADMIN may query `{name}` itself. Make a Pipe that reads it, and give the token the right to read the Pipe.',
  },
  query_failed: { status: 400, text: '{message}' },
  query_failed_on_server: { status: 500, text: '{message}' },
  external_address_refused: {
    status: 400,
    text: 'The address `{address}` can not be allowed: the operator of this server has to list it first, with --external-addresses.',
  },
  query_timeout: { status: 408, text: '{message}' },
  query_cancelled: { status: 499, text: 'The client closed the connection before the query ended.' },
  too_many_queries: {
    status: 429,
    text: 'Too many queries of this Workspace at once: {reason}. Try again in a moment.',
  },
  too_many_streams: {
    status: 429,
    text: 'Too many large results are on their way at once: {reason}. Read those that are open to their end, or try again in a moment.',
  },
  template_failed: { status: 400, text: '{message}' },
  explain_not_allowed: {
    status: 403,
    text: 'Only tokens with the scope ADMIN may ask for `explain`: it shows the SQL and the plan.',
  },
} as const satisfies Record<string, { status: number; text: string }>;

/** A code of the error catalogue. */
export type ErrorCode = keyof typeof catalogue;

type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never;

/** The values that the text of an error code has places for. */
export type ErrorValues<Code extends ErrorCode> = Record<
  Placeholder<(typeof catalogue)[Code]['text']>,
  string | number
>;
