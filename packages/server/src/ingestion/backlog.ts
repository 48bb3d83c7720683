import { type RequestRoom, SharedRoom } from '../limits/index.js';
import type { StreamTarget } from './log/stream.js';
import { EventMemory } from './memory.js';
import { overloaded } from './overloaded.js';

/** What of events may be held at once: in memory while they are checked, and on the disk while they wait for the engine. */
export class Backlog {
  private readonly ofWorkspaces: SharedRoom;
  private readonly ofDatasources: SharedRoom;
  private readonly memory = new EventMemory();

  /** @param bytesMax on the disk; a Workspace and a Data Source may each hold as much of them as they leave free */
  constructor(bytesMax: number) {
    this.ofWorkspaces = new SharedRoom(bytesMax);
    this.ofDatasources = new SharedRoom(bytesMax);
  }

  /** Room in memory for the events of one request, from when they are read until the request is answered. */
  takeRoom(workspaceId: string): RequestRoom {
    return this.memory.room(workspaceId);
  }

  /** Takes room on the disk. @throws ApiError ingestion_overloaded when there is none left for the Data Source or its Workspace */
  take({ workspaceId, datasourceId }: StreamTarget, bytes: number): void {
    if (!this.ofWorkspaces.take(workspaceId, bytes)) throw overloaded();
    if (this.ofDatasources.take(datasourceId, bytes)) return;
    this.ofWorkspaces.giveBack(workspaceId, bytes);
    throw overloaded();
  }

  /** Counts what is on the disk already. */
  hold({ workspaceId, datasourceId }: StreamTarget, bytes: number): void {
    this.ofWorkspaces.hold(workspaceId, bytes);
    this.ofDatasources.hold(datasourceId, bytes);
  }

  /** Gives back what was taken or held. */
  release({ workspaceId, datasourceId }: StreamTarget, bytes: number): void {
    this.ofWorkspaces.giveBack(workspaceId, bytes);
    this.ofDatasources.giveBack(datasourceId, bytes);
  }
}
