import { ApiError } from '../errors/index.js';
import type { Metadata } from '../metadata/index.js';
import { Snapshot } from './snapshot.js';

/**
 * How long a snapshot is believed without asking the metadata store again. On one node every write goes through `changed`, so
 * this only matters where several nodes share a store.
 */
const BELIEVED_MS = 1000;

interface Entry {
  snapshot: Promise<Snapshot | null>;
  /** The same once it is there. */
  known?: Snapshot;
  checkedAt: number;
}

/** The Workspaces' metadata in memory. */
export class WorkspaceCatalog {
  private readonly entries = new Map<string, Entry>();

  /** @param shared whether other nodes write to the same metadata store */
  constructor(
    private readonly metadata: Metadata,
    private readonly shared: boolean,
  ) {}

  /** The Workspace's current snapshot when it is at hand, for what is done on every request; else `snapshot` has to be asked. */
  known(workspaceId: string): Snapshot | undefined {
    const entry = this.entries.get(workspaceId);
    if (entry === undefined || (this.shared && Date.now() - entry.checkedAt > BELIEVED_MS)) return undefined;
    return entry.known;
  }

  /** The Workspace's current snapshot, or null when there is no such Workspace. */
  async snapshot(workspaceId: string): Promise<Snapshot | null> {
    const entry = this.entries.get(workspaceId);
    if (entry === undefined) return this.load(workspaceId);
    if (this.shared && Date.now() - entry.checkedAt > BELIEVED_MS) return this.refresh(workspaceId, entry);
    return entry.snapshot;
  }

  /** The Workspace's current snapshot. @throws ApiError workspace_gone when it was removed meanwhile (EV-15) */
  async require(workspaceId: string): Promise<Snapshot> {
    const snapshot = await this.snapshot(workspaceId);
    if (snapshot === null) throw ApiError.of('workspace_gone', {});
    return snapshot;
  }

  /** Like `require`, and with what another node wrote a moment ago: for writes, which begin from what there is. */
  async requireLatest(workspaceId: string): Promise<Snapshot> {
    const entry = this.entries.get(workspaceId);
    if (this.shared && entry !== undefined) await this.refresh(workspaceId, entry);
    return this.require(workspaceId);
  }

  /** The Workspace with this name, or null. */
  async byName(name: string): Promise<Snapshot | null> {
    const workspace = await this.metadata.workspaces.byName(name);
    return workspace === undefined ? null : this.snapshot(workspace.id);
  }

  /** Says that the Workspace's metadata was written: the next question reads it anew. */
  changed(workspaceId: string): void {
    this.entries.delete(workspaceId);
  }

  private async refresh(workspaceId: string, entry: Entry): Promise<Snapshot | null> {
    entry.checkedAt = Date.now();
    const [snapshot, revision] = await Promise.all([
      entry.snapshot,
      this.metadata.workspaces.revision(workspaceId),
    ]);
    if (snapshot?.revision === revision) return snapshot;
    return this.load(workspaceId);
  }

  private load(workspaceId: string): Promise<Snapshot | null> {
    const snapshot = this.read(workspaceId);
    const entry: Entry = { snapshot, checkedAt: Date.now() };
    this.entries.set(workspaceId, entry);
    const forget = (): void => {
      if (this.entries.get(workspaceId) === entry) this.entries.delete(workspaceId);
    };
    // An unknown Workspace is not remembered, and neither is a failure.
    snapshot.then((found) => {
      if (found === null) forget();
      else entry.known = found;
    }, forget);
    return snapshot;
  }

  private async read(workspaceId: string): Promise<Snapshot | null> {
    const { workspaces, datasources, pipes, tokens, externalSources } = this.metadata;
    // The revision is read first: when a write comes between, the snapshot is newer than it says and is read again.
    const [workspace, revision] = await Promise.all([
      workspaces.byId(workspaceId),
      workspaces.revision(workspaceId),
    ]);
    if (workspace === undefined || revision === undefined) return null;
    const [ownDatasources, ownPipes, ownTokens, ownExternalSources] = await Promise.all([
      datasources.listByWorkspace(workspaceId),
      pipes.listByWorkspace(workspaceId),
      tokens.listByWorkspace(workspaceId),
      externalSources.byWorkspace(workspaceId),
    ]);
    return new Snapshot({
      workspace,
      revision,
      datasources: ownDatasources,
      pipes: ownPipes,
      tokens: ownTokens,
      externalSources: ownExternalSources,
      secrets: new Map(),
    });
  }
}
