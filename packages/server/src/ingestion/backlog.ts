import { ApiError } from '../errors/index.js';
import { type RequestRoom, RoomOfOwner, SharedRoom } from '../limits/index.js';
import type { StreamTarget } from './log/stream.js';

/** When to try again what was refused for want of room. */
export const SOON = { 'Retry-After': '1' };

/** Bytes of events that may be in memory, of all requests together; a Workspace may hold as much of them as it leaves free. */
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;

/** What of events may be held at once: in memory while they are checked, and on the disk while they wait for the engine. */
export class Backlog {
  private readonly ofWorkspaces: SharedRoom;
  private readonly ofDatasources: SharedRoom;
  private readonly memory = new SharedRoom(MEMORY_BYTES_MAX);

  /** @param bytesMax on the disk; a Workspace and a Data Source may each hold as much of them as they leave free */
  constructor(bytesMax: number) {
    this.ofWorkspaces = new SharedRoom(bytesMax);
    this.ofDatasources = new SharedRoom(bytesMax);
  }

  /** Room in memory for the events of one request, from when they are read until the request is answered. */
  takeRoom(workspaceId: string): RequestRoom {
    return new RoomOfOwner(this.memory, workspaceId, overloaded);
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

function overloaded(): ApiError {
  return ApiError.of('ingestion_overloaded', {}, { headers: SOON });
}
