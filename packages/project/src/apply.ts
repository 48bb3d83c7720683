import { ApiReplyError, type GoldcrestClient } from '@goldcrest/client';
import {
  type DatasourceDefinition,
  type EngineDefinition,
  type PipeDefinition,
  type Problem,
  pipeType,
} from '@goldcrest/datafiles';
import { formatSchema } from '@goldcrest/sql';
import { ProjectError } from './problems.js';
import type { Project } from './read.js';

/** The database's number for a table that does not exist (ERD-04). */
const UNKNOWN_TABLE = '60';

/**
 * Makes the project's Data Sources and Pipes on a server and publishes the endpoints: the node of TYPE endpoint, else the last
 * one (DS-28, PI-07, EP-01, DFP-04). What is there already is left as it is, so a project can be applied again.
 *
 * @throws ProjectError when a file asks for what can not be applied: nothing has been made then
 * @throws ApiReplyError when the server refuses
 */
export async function applyProject(client: GoldcrestClient, project: Project): Promise<void> {
  const problems = unsupported(project);
  if (problems.length > 0) throw new ProjectError(problems);
  for (const datasource of project.datasources) await applyDatasource(client, datasource);
  await applyPipes(client, project.pipes);
}

/**
 * The server refuses a Pipe that reads what is not there (PS-05). Who reads whom is for the server to know, so a Pipe that is refused
 * for that is tried again after the others, as long as each round makes another one.
 */
async function applyPipes(client: GoldcrestClient, pipes: readonly PipeDefinition[]): Promise<void> {
  const refused: PipeDefinition[] = [];
  let first: ApiReplyError | undefined;
  for (const pipe of pipes) {
    try {
      await applyPipe(client, pipe);
    } catch (error) {
      if (!(error instanceof ApiReplyError) || error.databaseCode !== UNKNOWN_TABLE) throw error;
      refused.push(pipe);
      first ??= error;
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
  await findOrMake(
    () => client.dataSource(name),
    () => client.createDataSource(name, formatSchema(columns), options),
  );
}

/** The engine as the parameters of `POST /v0/datasources`; what the file leaves open is left out (DS-12, DS-13). */
function engineOptions(engine: EngineDefinition): Record<string, string> {
  const settings = engine.settings.map(({ name, value }) => `${name}=${value}`).join(', ');
  const options = {
    engine: engine.type,
    engine_sorting_key: engine.sortingKey,
    engine_partition_key: engine.partitionKey,
    engine_primary_key: engine.primaryKey,
    engine_sampling_key: engine.samplingKey,
    engine_ttl: engine.ttl,
    engine_ver: engine.ver,
    engine_is_deleted: engine.isDeleted,
    engine_sign: engine.sign,
    engine_version: engine.version,
    engine_settings: settings,
    engine_join_strictness: engine.joinStrictness,
    engine_join_type: engine.joinType,
    engine_key_columns: engine.keyColumns.join(', '),
  };
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) =>
      value === null || value === '' ? [] : [[name, value]],
    ),
  );
}

async function applyPipe(client: GoldcrestClient, pipe: PipeDefinition): Promise<void> {
  const { name, description } = pipe;
  const nodes = pipe.nodes.map((node) => ({
    name: node.name,
    sql: node.sql.text,
    description: node.description ?? '',
  }));
  const made = await findOrMake(
    () => client.pipe(name),
    () => client.createPipe({ name, description: description ?? '', nodes }),
  );
  const endpoint = pipe.nodes.find(({ type }) => type === 'endpoint') ?? pipe.nodes.at(-1);
  if (endpoint !== undefined && made.endpoint === null) await client.publish(name, endpoint.name);
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

/** What the files ask for and this can't do: leaving it out in silence would leave a project that looks applied. */
function unsupported({ datasources, pipes }: Project): Problem[] {
  const start = (file: string) => ({ file, line: 1, column: 1 });
  const ofDatasources = datasources.flatMap(({ name, positions, origin, sharedWith, tokens }): Problem[] => {
    const at = start(positions.SCHEMA?.file ?? `${name}.datasource`);
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
    const wrongType = !['default', 'endpoint'].includes(type) && typed !== undefined;
    return [
      ...(wrongType ? [{ ...typed.position, message: `Nodes of TYPE ${type} can not be applied.` }] : []),
      ...pipe.tokens.map(() => ({
        ...start(pipe.nodes[0]?.position.file ?? `${pipe.name}.pipe`),
        message: 'TOKEN can not be applied.',
      })),
    ];
  });
  return [...ofDatasources, ...ofPipes];
}
