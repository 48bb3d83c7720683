import { ApiReplyError, type GoldcrestClient, type PipeInfo } from '@goldcrest/client';
import {
  type DatasourceDefinition,
  type MaterializedNode,
  type PipeDefinition,
  type Position,
  type Problem,
  pipeType,
} from '@goldcrest/datafiles';
import { formatSchema } from '@goldcrest/sql';
import { engineOptions } from './engineOptions.js';
import { ProjectError } from './problems.js';
import type { Project } from './read.js';

/** The database's number for a table that does not exist (ERD-04). */
const UNKNOWN_TABLE = '60';

/**
 * Makes the project's Data Sources and Pipes on a server, links the materialized nodes, and publishes the endpoints: the node of TYPE
 * endpoint, else the last one of a Pipe that is not materialized (DS-28, PI-07, MV-01, EP-01, DFP-04). What is there already is left as it is, so a project can be applied again.
 *
 * @throws ProjectError when a file asks for what can not be applied: nothing has been made then; or when the server
 *   refuses one, which the error names, with the server's ApiReplyError as the cause: what was made before stays
 */
export async function applyProject(client: GoldcrestClient, project: Project): Promise<void> {
  const problems = unsupported(project);
  if (problems.length > 0) throw new ProjectError(problems);
  for (const datasource of project.datasources) await applyDatasource(client, datasource);
  await applyPipes(client, project.pipes);
}

/**
 * The server refuses a Pipe that reads what is not there (PS-05), as is a Data Source that only a materialized node makes. Who reads whom is for the server to know, so a Pipe that is refused
 * for that is tried again after the others, as long as each round makes another one.
 */
async function applyPipes(client: GoldcrestClient, pipes: readonly PipeDefinition[]): Promise<void> {
  const refused: PipeDefinition[] = [];
  let first: ProjectError | undefined;
  for (const pipe of pipes) {
    try {
      await applyPipe(client, pipe);
    } catch (error) {
      const named = withPlace(error, pipe.nodes[0]?.position ?? startOf(`${pipe.name}.pipe`));
      if (!(error instanceof ApiReplyError) || error.databaseCode !== UNKNOWN_TABLE) throw named;
      refused.push(pipe);
      first ??= named;
    }
  }
  if (first === undefined) return;
  if (refused.length === pipes.length) throw first;
  await applyPipes(client, refused);
}

async function applyDatasource(client: GoldcrestClient, datasource: DatasourceDefinition): Promise<void> {
  const { name, columns } = datasource;
  const options = {
    format: columns.some(({ jsonPath }) => jsonPath !== null) ? 'ndjson' : 'csv',
    description: datasource.description ?? '',
    ...engineOptions(datasource.engine),
  };
  try {
    await findOrMake(
      () => client.dataSource(name),
      () => client.createDataSource(name, formatSchema(columns), options),
    );
  } catch (error) {
    throw withPlace(error, datasource.positions.SCHEMA ?? startOf(`${name}.datasource`));
  }
}

function startOf(file: string): Position {
  return { file, line: 1, column: 1 };
}

/** What the server says of a file names columns and tables, and in a folder of many files the one at fault has to be found. */
function withPlace(error: unknown, { file, line, column }: Position): ProjectError {
  if (!(error instanceof ApiReplyError)) throw error;
  return new ProjectError([{ file, line, column, message: error.message }], { cause: error });
}

async function applyPipe(client: GoldcrestClient, pipe: PipeDefinition): Promise<void> {
  const { name, description } = pipe;
  const nodes = pipe.nodes.map((node) => ({
    name: node.name,
    sql: node.sql.text,
    description: node.description ?? '',
    ...(node.type === 'materialized' ? { type: node.type, ...targetOf(node) } : {}),
  }));
  const made = await findOrMake(
    () => client.pipe(name),
    () => client.createPipe({ name, description: description ?? '', nodes }),
  );
  const materialized = pipe.nodes.filter((node) => node.type === 'materialized');
  if (materialized.length > 0) return materialize(client, made, materialized);
  const endpoint = pipe.nodes.find(({ type }) => type === 'endpoint') ?? pipe.nodes.at(-1);
  if (endpoint !== undefined && made.endpoint === null) await client.publish(name, endpoint.name);
}

/** The Data Source that a node fills has been made from its own file, or is made from the node's ENGINE lines (DFP-05). */
function targetOf({ datasource, engine }: MaterializedNode): Record<string, string> & { datasource: string } {
  return { datasource: datasource ?? '', ...(engine === null ? {} : engineOptions(engine)) };
}

/** Links what is not linked in a Pipe that was there already. */
async function materialize(
  client: GoldcrestClient,
  made: PipeInfo,
  nodes: readonly MaterializedNode[],
): Promise<void> {
  for (const node of nodes) {
    const isLinked = made.nodes.some(({ name, materialized }) => name === node.name && materialized !== null);
    const { datasource, ...engine } = targetOf(node);
    if (!isLinked) await client.materialize(made.name, node.name, datasource, engine);
  }
}

async function findOrMake<Resource>(
  find: () => Promise<Resource>,
  make: () => Promise<Resource>,
): Promise<Resource> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof ApiReplyError && error.status === 404) return make();
    throw error;
  }
}

/** The names of the Pipes that are endpoints when the project has been applied (EP-01, DFP-04). */
export function endpointNames({ pipes }: Project): string[] {
  return pipes.filter((pipe) => pipeType(pipe) !== 'materialized').map(({ name }) => name);
}

/** What the files ask for and this can't do: leaving it out in silence would leave a project that looks applied. */
function unsupported({ datasources, pipes }: Project): Problem[] {
  const ofDatasources = datasources.flatMap(({ name, positions, origin, sharedWith, tokens }): Problem[] => {
    const at = startOf(positions.SCHEMA?.file ?? `${name}.datasource`);
    return [
      ...(origin === null ? [] : [{ ...at, message: 'Connections can not be applied.' }]),
      ...(sharedWith.length === 0
        ? []
        : [{ ...(positions.SHARED_WITH ?? at), message: 'SHARED_WITH can not be applied.' }]),
      ...tokens.map(() => ({ ...at, message: 'TOKEN can not be applied.' })),
    ];
  });
  const ofPipes = pipes.flatMap((pipe): Problem[] => {
    const type = pipeType(pipe);
    const typed = pipe.nodes.find((node) => node.type === type);
    const wrongType = ['copy', 'sink'].includes(type) && typed !== undefined;
    return [
      ...(wrongType ? [{ ...typed.position, message: `Nodes of TYPE ${type} can not be applied.` }] : []),
      ...pipe.tokens.map(() => ({
        ...startOf(pipe.nodes[0]?.position.file ?? `${pipe.name}.pipe`),
        message: 'TOKEN can not be applied.',
      })),
    ];
  });
  return [...ofDatasources, ...ofPipes];
}
