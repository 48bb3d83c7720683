import type { Content, Schema } from '../document.js';
import type { ErrorStatus } from '../errorReplies.js';

/** What the document of the server says about one route. Who may call it is stated where the route is registered. */
export interface Described {
  summary: string;
  description?: string;
  /** The right that the route asks for by itself, beyond a valid token: `PIPES:READ on the Pipe`. */
  needs?: string;
  /** What stands for `:name` and the like in the path. */
  path?: Readonly<Record<string, string>>;
  /** Parameters of the URL; a form body may have them, too, where there is one. */
  query?: Readonly<Record<string, Schema>>;
  /** Names of the parameters in `query` that can't be left out. */
  required?: readonly string[];
  body?: { description?: string; required: boolean; content: Content };
  /** The reply when all went well. */
  reply: { status: number; description: string; content?: Content };
  /** Statuses of errors besides those of every route. */
  errors?: readonly ErrorStatus[];
}

/** Routes by method and path, as they are registered: `GET /v0/pipes/:name`. */
export type DescribedRoutes = Readonly<Record<string, Described>>;

/** A text. */
export function text(description: string): Schema {
  return { type: 'string', description };
}

/** A switch that is off unless it is sent. */
export function flag(description: string): Schema {
  return { type: 'boolean', default: false, description };
}

/** One of some texts. */
export function choice(description: string, values: readonly string[], otherwise?: string): Schema {
  const schema: Schema = { type: 'string', description, enum: values };
  return otherwise === undefined ? schema : { ...schema, default: otherwise };
}

/** An object with these fields, all of which are always there. */
export function object(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties) };
}

/** An array. */
export function list(items: Schema): Schema {
  return { type: 'array', items };
}

/** A reference to one of the document's own schemas. */
export function reference(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The parameter that limits the fields of what is shown (DS-43, PI-06). */
export const ATTRS: Schema = text('Only these fields, separated by commas: `id,name`.');

/** Parameters that set how results are written (QY-07, QY-08, EP-15). */
export const OUTPUT_PARAMETERS: Readonly<Record<string, Schema>> = {
  output_format_json_quote_64bit_integers: {
    type: 'integer',
    enum: [0, 1],
    default: 0,
    description: '1 writes integers of 64 bits and more as texts.',
  },
  output_format_json_quote_denormals: {
    type: 'integer',
    enum: [0, 1],
    default: 0,
    description: '1 writes infinite numbers and NaN as texts instead of null.',
  },
  output_format_parquet_string_as_string: {
    type: 'integer',
    enum: [0, 1],
    default: 0,
    description: '1 writes texts as UTF-8 instead of binary in Parquet.',
  },
};
