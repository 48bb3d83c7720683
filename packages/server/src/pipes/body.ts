import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { ApiError } from '../errors/index.js';
import type { NewPipe } from './create.js';

const body = Compile(
  Type.Object({
    name: Type.String(),
    description: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    nodes: Type.Array(
      Type.Object({
        sql: Type.String(),
        name: Type.Optional(Type.String()),
        description: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      }),
    ),
  }),
);

/** Reads the JSON body of `POST /v0/pipes` (PI-07). A node without a name is called after the Pipe and its place. */
export function readNewPipe(value: unknown): NewPipe {
  if (!body.Check(value)) {
    const [first] = body.Errors(value);
    const place = first?.instancePath || 'the document';
    throw ApiError.of('invalid_body', {
      reason: `${place} ${first?.message ?? 'is not right'}. Send {"name", "description", "nodes": [{"name", "sql", "description"}]}.`,
    });
  }
  const { name, nodes } = value;
  return {
    name,
    description: value.description ?? '',
    nodes: nodes.map((node, i) => ({
      name: node.name ?? `${name}_${i}`,
      sql: node.sql,
      description: node.description ?? '',
    })),
  };
}
