import { type ColumnType, ColumnTypeError, parseColumnType, type TypeArgument } from '@goldcrest/sql';
import type { Schema } from './document.js';

const INTEGER = /^(U?)Int(\d+)$/;
const INTERVAL = /^Interval[A-Z]/;

/** Types that are always written in the same way. Of those that are missing here anything can be expected. */
const PLAIN: ReadonlyMap<string, Schema> = new Map<string, Schema>([
  ['String', { type: 'string' }],
  ['FixedString', { type: 'string' }],
  ['UUID', { type: 'string', format: 'uuid' }],
  ['IPv4', { type: 'string', format: 'ipv4' }],
  ['IPv6', { type: 'string', format: 'ipv6' }],
  ['Date', { type: 'string', format: 'date' }],
  ['Date32', { type: 'string', format: 'date' }],
  // Without a `T` and a zone, so that `format: date-time` would be wrong.
  ['DateTime', { type: 'string', example: '2026-01-31 10:00:00' }],
  ['DateTime64', { type: 'string', example: '2026-01-31 10:00:00.000' }],
  ['Time', { type: 'string', example: '10:00:00' }],
  ['Time64', { type: 'string', example: '10:00:00.000' }],
  ['Bool', { type: 'boolean' }],
  // Infinite values and NaN are null unless the request asks for quoted ones (QY-08).
  ['Float32', { type: 'number', format: 'float', nullable: true }],
  ['Float64', { type: 'number', format: 'double', nullable: true }],
  ['BFloat16', { type: 'number', format: 'float', nullable: true }],
  ['Decimal', { type: 'number' }],
  ['JSON', { type: 'object', additionalProperties: true }],
  ['Point', { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 }],
]);

/** Shapes by the one that they are lists of. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ['Ring', 'Point'],
  ['LineString', 'Point'],
  ['Polygon', 'Ring'],
  ['MultiLineString', 'LineString'],
  ['MultiPolygon', 'Polygon'],
]);

/**
 * How the engine's JSON formats write values of a column type, e.g. `Array(Nullable(UInt64))` (QY-07). 64-bit integers are
 * numbers, as they are when a request does not ask for quoted ones. A type that can't be read has a schema that allows all.
 */
export function schemaOfType(type: string): Schema {
  try {
    return schemaOf(parseColumnType(type));
  } catch (error) {
    if (error instanceof ColumnTypeError) return {};
    throw error;
  }
}

function schemaOf(type: ColumnType): Schema {
  const element = LISTS.get(type.name);
  if (element !== undefined) return { type: 'array', items: schemaOf({ name: element, args: [] }) };
  return PLAIN.get(type.name) ?? numberSchema(type.name) ?? nestedSchema(type);
}

function numberSchema(name: string): Schema | undefined {
  const [, unsigned, bits] = INTEGER.exec(name) ?? [];
  if (bits !== undefined) return integerSchema(unsigned === 'U', Number(bits));
  return INTERVAL.test(name) ? { type: 'integer', format: 'int64' } : undefined;
}

/** The formats of OpenAPI know signed integers of 32 and 64 bits only. */
function integerSchema(unsigned: boolean, bits: number): Schema {
  const format = bits > 64 ? {} : { format: bits > 32 || (unsigned && bits === 32) ? 'int64' : 'int32' };
  return { type: 'integer', ...format, ...(unsigned ? { minimum: 0 } : {}) };
}

function nestedSchema({ name, args }: ColumnType): Schema {
  const inner = args.flatMap((argument) => (argument.kind === 'type' ? [schemaOf(argument.type)] : []));
  const [first = {}] = inner;
  switch (name) {
    case 'Nullable':
      return nullable(first);
    case 'LowCardinality':
    case 'SimpleAggregateFunction':
      return first;
    case 'Array':
    case 'QBit':
      return { type: 'array', items: first };
    case 'Map':
      return { type: 'object', additionalProperties: inner[1] ?? true };
    case 'Tuple':
      return fieldsOf(args) ?? tupleOf(inner);
    case 'Nested':
      return { type: 'array', items: fieldsOf(args) ?? {} };
    case 'Enum8':
    case 'Enum16':
      return {
        type: 'string',
        enum: args.flatMap((value) => (value.kind === 'enumValue' ? [value.name] : [])),
      };
    case 'AggregateFunction':
      return { type: 'string', description: 'A state of an aggregate function, in binary.' };
    default:
      return {};
  }
}

/** In OpenAPI 3.0, null must be among the values of an enum as well. */
function nullable(schema: Schema): Schema {
  return { ...schema, ...(schema.enum ? { enum: [...schema.enum, null] } : {}), nullable: true };
}

/** The object that a Tuple with named fields becomes. */
function fieldsOf(args: readonly TypeArgument[]): Schema | undefined {
  const fields = args.flatMap((field) => (field.kind === 'field' ? [field] : []));
  if (fields.length === 0) return undefined;
  const properties = fields.map(({ path, type }): [string, Schema] => [path.join('.'), schemaOf(type)]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name),
  };
}

/** An array with one place for each field; OpenAPI 3.0 can't give the places different types. */
function tupleOf(fields: readonly Schema[]): Schema {
  const kinds = new Set(fields.map((field) => JSON.stringify(field)));
  const [first = {}] = fields;
  const items = kinds.size === 1 ? first : {};
  return { type: 'array', items, minItems: fields.length, maxItems: fields.length };
}
