import type { LiteralValue, TemplateParameter } from '@goldcrest/template';
import type { Schema } from './document.js';
import { schemaOfType } from './schemaOfType.js';

/** Types that only templates have, as the engine's. */
const ENGINE_TYPES: ReadonlyMap<string, string> = new Map([
  ['Int', 'Int64'],
  ['Integer', 'Int64'],
  ['Float', 'Float64'],
  ['Boolean', 'Bool'],
  ['DateTime32', 'DateTime'],
  // A document is sent as its text.
  ['JSON', 'String'],
]);

/** The shape of a template's parameter: type, format, default, choices and example (PM-02). */
export function parameterSchema(parameter: TemplateParameter): Schema {
  const { type, elementType = 'String', format } = parameter;
  const scalar = scalarSchema(type === 'Array' ? elementType : type);
  const own = format === undefined ? scalar : { ...scalar, format };
  const choices = parameter.enum?.map((value) => fitting(own, value)).filter((value) => value !== undefined);
  const values = choices === undefined || choices.length === 0 ? own : { ...own, enum: choices };
  const schema: Schema = type === 'Array' ? { type: 'array', items: values } : values;
  return {
    ...schema,
    ...fittingAs('default', schema, parameter.default),
    ...fittingAs('example', schema, parameter.example),
  };
}

/** A parameter is never null: what is not sent takes its default. */
function scalarSchema(type: string): Schema {
  const { nullable, ...schema } = schemaOfType(ENGINE_TYPES.get(type) ?? type);
  return schema.type === undefined ? { type: 'string' } : schema;
}

function fittingAs(key: 'default' | 'example', schema: Schema, value: LiteralValue | undefined): Schema {
  const fit = value === undefined ? undefined : fitting(schema, value);
  return fit === undefined ? {} : { [key]: fit };
}

/** The literal as a value of the schema's type, as the typed function would take it, or undefined when it is none. */
function fitting(schema: Schema, value: LiteralValue): unknown {
  switch (schema.type) {
    case 'array':
      return listOf(value).map((item) => fitting(schema.items ?? {}, item));
    case 'integer':
      return numberOf(value, Number.isSafeInteger);
    case 'number':
      return numberOf(value, Number.isFinite);
    case 'boolean':
      return booleanOf(value);
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

function listOf(value: LiteralValue): LiteralValue[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return [value];
  return value === '' ? [] : value.split(',');
}

function numberOf(value: LiteralValue, isFit: (value: number) => boolean): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && isFit(number) ? number : undefined;
}

function booleanOf(value: LiteralValue): boolean | undefined {
  const text = String(value).toLowerCase();
  if (['true', '1'].includes(text)) return true;
  return ['false', '0'].includes(text) ? false : undefined;
}
