import { compileTemplate, TemplateError, type TemplateParameter } from '@goldcrest/template';
import type { PipeNode } from '../pipes/store.js';
import type { Parameter, Schema } from './document.js';
import { parameterSchema } from './parameterSchema.js';

/** A parameter of an endpoint, whether it goes in the URL or in a body. */
export interface EndpointParameter {
  name: string;
  required: boolean;
  description?: string;
  schema: Schema;
}

/**
 * The parameters that the nodes take, in order of first appearance (TPL-12, PM-02). A parameter that several nodes take is listed once,
 * with what the first of them says of each thing. Those with an underscore in front are private and left out (CHD-03).
 */
export function endpointParameters(nodes: readonly PipeNode[]): EndpointParameter[] {
  const merged = new Map<string, TemplateParameter>();
  for (const parameter of nodes.flatMap(templateParameters)) {
    const known = merged.get(parameter.name);
    merged.set(parameter.name, known === undefined ? parameter : merge(known, parameter));
  }
  return [...merged.values()].filter((parameter) => !parameter.private).map(describe);
}

/** The parameters in the URL. A list is one text with commas in it. */
export function urlParameters(parameters: readonly EndpointParameter[]): Parameter[] {
  return parameters.map((parameter) => ({
    ...parameter,
    in: 'query',
    ...(parameter.schema.type === 'array' ? { style: 'form', explode: false } : {}),
  }));
}

/** The parameters as an object. */
export function bodySchema(parameters: readonly EndpointParameter[]): Schema {
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  const properties = parameters.map(({ name, description, schema }): [string, Schema] => [
    name,
    description === undefined ? schema : { ...schema, description },
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: true,
  };
}

/** A node that is no template takes none; of a template that can't be read, nothing is known. */
function templateParameters({ sql }: PipeNode): readonly TemplateParameter[] {
  try {
    return compileTemplate(sql).parameters;
  } catch (error) {
    if (error instanceof TemplateError) return [];
    throw error;
  }
}

function merge(known: TemplateParameter, other: TemplateParameter): TemplateParameter {
  const typed = known.typed ? known : other;
  return { ...other, ...known, ...typeOf(typed), required: known.required || other.required };
}

function typeOf({ type, elementType, typed }: TemplateParameter): Partial<TemplateParameter> {
  return { type, typed, ...(elementType === undefined ? {} : { elementType }) };
}

function describe(parameter: TemplateParameter): EndpointParameter {
  const { name, required, description } = parameter;
  return {
    name,
    required,
    ...(description === undefined ? {} : { description }),
    schema: parameterSchema(parameter),
  };
}
