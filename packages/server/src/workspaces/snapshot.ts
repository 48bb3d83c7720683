import type { DataSource } from '../datasources/store.js';
import type { ExternalPermission } from '../external/store.js';
import type { Pipe } from '../pipes/store.js';
import { Rights } from '../tokens/rights.js';
import type { Token } from '../tokens/store.js';
import { Named } from './named.js';
import type { Workspace } from './store.js';

/** The parts of a Workspace that its metadata describes, as read at one moment. */
export interface SnapshotParts {
  workspace: Workspace;
  revision: number;
  datasources: readonly DataSource[];
  pipes: readonly Pipe[];
  tokens: readonly Token[];
  externalSources: ExternalPermission;
  /** Values of the Workspace's secrets by name. */
  secrets: ReadonlyMap<string, string>;
}

/**
 * A Workspace's metadata at one revision, in memory, so that serving a request reads no metadata store. It never changes: a
 * write makes a new one, and with it everything that was derived from the old one is gone.
 */
export class Snapshot {
  private static made = 0;
  /** Different for every snapshot, so that what was decided under one is not taken for another. */
  readonly serial = Snapshot.made++;
  readonly workspace: Workspace;
  readonly revision: number;
  readonly datasources: Named<DataSource>;
  readonly pipes: Named<Pipe>;
  /** The database of this Workspace in the engine. */
  readonly database: string;
  /** What its queries may read from other servers, within what the operator lets it. */
  readonly externalSources: ExternalPermission;
  /** What `tb_secret` of its templates finds, by name (TPF-45). */
  readonly secrets: ReadonlyMap<string, string>;
  /** Tokens by secret id. */
  readonly tokens: ReadonlyMap<string, Token>;
  private readonly rights = new WeakMap<Token, Rights>();
  private readonly derived = new Map<string, unknown>();

  constructor(private readonly parts: SnapshotParts) {
    this.workspace = parts.workspace;
    this.revision = parts.revision;
    this.database = databaseOf(parts.workspace.id);
    this.datasources = new Named(parts.datasources);
    this.pipes = new Named(parts.pipes);
    this.externalSources = parts.externalSources;
    this.secrets = parts.secrets;
    this.tokens = new Map(parts.tokens.map((token) => [token.secretId, token]));
  }

  /** What the token may do. */
  rightsOf(token: Token): Rights {
    const known = this.rights.get(token) ?? new Rights(token.name, token.scopes);
    this.rights.set(token, known);
    return known;
  }

  /** What the Workspace would be with this Pipe in place of the one with its id, if there is one: to check it before it is stored. */
  withPipe(pipe: Pipe): Snapshot {
    const { parts } = this.withoutPipe(pipe.id);
    return new Snapshot({ ...parts, pipes: [...parts.pipes, pipe] });
  }

  /** What the Workspace would be without the Pipe that has this id, if there is one. */
  withoutPipe(id: string): Snapshot {
    return new Snapshot({ ...this.parts, pipes: this.parts.pipes.filter((pipe) => pipe.id !== id) });
  }

  /** The value that `make` gives for `key`, made once in the life of this snapshot: e.g. a compiled endpoint. */
  once<Value>(key: string, make: () => Value): Value {
    // A key is always used with the same `make`, so what is stored under it has that type.
    if (this.derived.has(key)) return this.derived.get(key) as Value;
    const value = make();
    this.derived.set(key, value);
    return value;
  }

  /** Like `once` for a value that takes time; a failure is not kept. */
  onceAsync<Value>(key: string, make: () => Promise<Value>): Promise<Value> {
    return this.once(key, () => {
      const value = make();
      value.catch(() => this.derived.delete(key));
      return value;
    });
  }
}

/** The engine's database for a Workspace: made from the id, so that renaming a Workspace moves no data. */
export function databaseOf(workspaceId: string): string {
  const known = databases.get(workspaceId);
  if (known !== undefined) return known;
  const name = `w_${workspaceId.replaceAll('-', '')}`;
  databases.set(workspaceId, name);
  return name;
}

/** Every request with events asks. There are not more of them than Workspaces. */
const databases = new Map<string, string>();
