import { nearestName } from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import { NameTakenError } from '../metadata/index.js';
import type { Snapshot } from './snapshot.js';

const KINDS: Readonly<Record<string, string>> = { datasource: 'Data Source', pipe: 'Pipe' };

/**
 * A new Data Source or Pipe may have no name that a query could take for something else: that of another resource (DM-05), of
 * a node (DM-06), or of a quarantine table (DM-09).
 * @throws ApiError name_taken
 */
export function checkNameIsFree(snapshot: Snapshot, name: string): void {
  const kind = kindOfName(snapshot, name) ?? (nodeNamed(snapshot, name) ? 'node of a Pipe' : undefined);
  if (kind !== undefined) throw ApiError.of('name_taken', { name, kind });
}

/** What holds the name among Data Sources, Pipes and quarantine tables, or undefined. */
export function kindOfName(snapshot: Snapshot, name: string): string | undefined {
  if (snapshot.pipes.find(name) !== undefined) return 'Pipe';
  if (snapshot.datasources.find(name) !== undefined) return 'Data Source';
  const parent = name.endsWith('_quarantine') ? name.slice(0, -'_quarantine'.length) : '';
  if (snapshot.datasources.find(parent) !== undefined) return 'quarantine table';
  const own = snapshot.datasources.find(`${name}_quarantine`);
  return own === undefined
    ? undefined
    : `Data Source named ${own.name}, which would be its quarantine table,`;
}

function nodeNamed(snapshot: Snapshot, name: string): boolean {
  return snapshot.pipes.all.some((pipe) => pipe.nodes.some((node) => node.name === name));
}

/** Runs a write that takes a name; another request may have taken it since it was checked. @throws ApiError name_taken */
export async function refuseTakenName(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof NameTakenError)) throw error;
    throw ApiError.of(
      'name_taken',
      { name: error.takenName, kind: KINDS[error.takenBy] ?? error.takenBy },
      { cause: error },
    );
  }
}

/** «Did you mean `x`?» for a name that is a slip away from one of `names`, else nothing. */
export function nearestHint(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  return nearest === undefined ? '' : `Did you mean \`${nearest}\`?`;
}
