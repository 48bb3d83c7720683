import type { Template, TemplateParameter } from '@goldcrest/template';
import { isTemplate } from '@goldcrest/template';
import { ApiError, databaseErrors } from '../errors/index.js';
import {
  analyse,
  dependsOnParameters,
  type PrepareNeeds,
  prepareNode,
  readTemplate,
  type TemplateParameters,
} from '../queries/index.js';
import type { Snapshot } from '../workspaces/index.js';
import type { Pipe, PipeNode } from './store.js';

/** What is said of a query whatever its parameters are: a name that is not known or not allowed, or no SQL. */
const WRONG_WITH_ANY_PARAMETERS: ReadonlySet<string> = new Set(
  [
    databaseErrors.UNKNOWN_FUNCTION,
    databaseErrors.UNKNOWN_IDENTIFIER,
    databaseErrors.UNKNOWN_TABLE,
    databaseErrors.SYNTAX_ERROR,
    databaseErrors.ACCESS_DENIED,
  ].map(String),
);

/** Stands for a text that nobody has sent. A name that is missing because of it says nothing about the template. */
const SAMPLE_TEXT = 'sample';

/** Values for parameters that have no default, by the type that a template gives them. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  Boolean: 'true',
  Date: '2026-01-31',
  DateTime: '2026-01-31 10:00:00',
  DateTime64: '2026-01-31 10:00:00.000',
  JSON: '[]',
  String: SAMPLE_TEXT,
  UUID: '00000000-0000-0000-0000-000000000000',
};

/**
 * Checks a node before it is stored: it is compiled, let through the gate and resolved by the engine (PS-05, PS-07). In a Pipe with
 * templates it is checked without parameters and with a sample of each; a rendering that parameters prevent shows nothing, be they
 * the node's own or those of a node or Pipe that it reads.
 * @throws ApiError query_invalid, query_refused, query_failed, table_not_found, template_failed when it can't be read
 */
export async function checkNode(
  needs: PrepareNeeds,
  snapshot: Snapshot,
  pipe: Pipe,
  node: PipeNode,
  signal: AbortSignal,
): Promise<void> {
  for (const parameters of samplesOf(pipe)) {
    try {
      await checkRendering(needs, snapshot, { pipe, node, parameters }, signal);
    } catch (error) {
      const excused = dependsOnParameters(error) || (hasTemplates(pipe) && isExcused(error));
      if (!excused) throw error;
    }
  }
}

/** What the nodes of a Pipe are tried with: they read one another, so each gets the samples of all. */
function samplesOf(pipe: Pipe): TemplateParameters[] {
  if (!hasTemplates(pipe)) return [{}];
  return [{}, Object.assign({}, ...pipe.nodes.flatMap(sampleParameters))];
}

function hasTemplates({ nodes }: Pipe): boolean {
  return nodes.some(({ sql }) => isTemplate(sql));
}

/** What a node is tried with: nothing, and for a template a sample of every parameter. */
export function sampleParameters(node: PipeNode): TemplateParameters[] {
  if (!isTemplate(node.sql)) return [{}];
  const { parameters }: Template = readTemplate(node.sql);
  return [{}, Object.fromEntries(parameters.map((parameter) => [parameter.name, sampleOf(parameter)]))];
}

function sampleOf({
  type,
  elementType,
  example,
  default: otherwise,
  enum: choices,
}: TemplateParameter): unknown {
  return example ?? otherwise ?? choices?.[0] ?? SAMPLES[elementType ?? type] ?? '1';
}

async function checkRendering(
  needs: PrepareNeeds,
  snapshot: Snapshot,
  request: { pipe: Pipe; node: PipeNode; parameters: TemplateParameters },
  signal: AbortSignal,
): Promise<void> {
  const query = await prepareNode(needs, snapshot, request);
  if (query.format !== null) {
    const message = `The node \`${request.node.name}\` ends in FORMAT ${query.format}. Leave it out: the format is chosen when the endpoint is called.`;
    throw ApiError.of('query_invalid', { message });
  }
  await analyse(needs, snapshot, query, signal);
}

/** Whether an error of a rendered query may come from the values and not from the template. */
function isExcused(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.message.includes(`\`${SAMPLE_TEXT}\``)) return true;
  const code = error.headers['X-DB-Exception-Code'];
  return code !== undefined && !WRONG_WITH_ANY_PARAMETERS.has(code);
}
