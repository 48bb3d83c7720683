/** A JSON value's shape, as OpenAPI 3.0 writes it. */
export interface Schema {
  $ref?: string;
  type?: 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array';
  format?: string;
  description?: string;
  nullable?: boolean;
  enum?: readonly unknown[];
  default?: unknown;
  example?: unknown;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: Schema | boolean;
  oneOf?: readonly Schema[];
}

/** What goes over the wire, by media type. */
export type Content = Readonly<Record<string, { schema: Schema }>>;

/** A parameter of the URL. */
export interface Parameter {
  name: string;
  in: 'query' | 'path';
  description?: string;
  required: boolean;
  schema: Schema;
  style?: 'form';
  explode?: boolean;
}

/** An answer. */
export type Reply =
  | { $ref: string }
  | { description: string; headers?: Readonly<Record<string, unknown>>; content?: Content };

/** One method of one path. */
export interface Operation {
  operationId: string;
  tags: readonly string[];
  summary: string;
  description?: string;
  parameters?: readonly Parameter[];
  requestBody?: { description?: string; required: boolean; content: Content };
  responses: Readonly<Record<string, Reply>>;
  security?: readonly Readonly<Record<string, readonly string[]>>[];
}

/** The methods of one path. */
export type PathItem = Partial<Record<'get' | 'post' | 'put' | 'delete' | 'patch', Operation>>;

/** An OpenAPI 3.0 document. */
export interface OpenApiDocument {
  openapi: '3.0.3';
  info: { title: string; version: string; description: string };
  servers: readonly { url: string }[];
  security: readonly Readonly<Record<string, readonly string[]>>[];
  tags: readonly { name: string; description?: string }[];
  paths: Readonly<Record<string, PathItem>>;
  components: Readonly<Record<string, unknown>>;
}

/** Version of the API, as its paths have it. */
export const API_VERSION = 'v0';

/** A token goes in the header or the URL (GN-03). */
export const SECURITY: OpenApiDocument['security'] = [{ bearer: [] }, { token: [] }];

/** How a token is sent, for `components.securitySchemes`. */
export const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', description: 'The token in the header `Authorization`.' },
  token: { type: 'apiKey', in: 'query', name: 'token', description: 'The token in the URL.' },
};

/** JSON with the schema as the only content. */
export function json(schema: Schema): Content {
  return { 'application/json': { schema } };
}
