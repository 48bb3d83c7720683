import { ApiError } from '../errors/index.js';
import { SharedRoom } from '../limits/index.js';

/** How much of what is on its way to readers the server holds. */
export interface StreamLimits {
  /** Results that are open at the same time, of all Workspaces together. */
  open: number;
  /** Bytes of them that lie on the disk. */
  bytes: number;
}

/**
 * The results that are on their way to readers in pieces. The engine is done with them long before a slow reader is, so what they take
 * is bounded here: their number, and their bytes on the disk. Workspaces share both; each leaves as much free as it holds.
 */
export class OpenStreams {
  private readonly places: SharedRoom;
  private readonly bytes: SharedRoom;

  constructor(private readonly limits: StreamLimits) {
    this.places = new SharedRoom(limits.open);
    this.bytes = new SharedRoom(limits.bytes);
  }

  /**
   * Takes a place, which has to be left.
   * @throws ApiError too_many_streams when the Workspace may have no further one
   */
  enter(workspaceId: string): StreamPlace {
    if (!this.places.take(workspaceId, 1)) {
      throw tooMany(`${this.limits.open} may be open on this server, which Workspaces share`);
    }
    const noSpace = (): ApiError =>
      tooMany(`they may take ${this.limits.bytes} bytes on this server's disk, which Workspaces share`);
    const whenLeft = (): void => this.places.giveBack(workspaceId, 1);
    const place = new StreamPlace(workspaceId, this.bytes, { noSpace, whenLeft });
    if (place.tryGrow(0)) return place;
    place.leave();
    throw noSpace();
  }
}

/** The place of one result that is on its way. */
export class StreamPlace {
  private readonly outgrown = new AbortController();
  private taken = 0;
  private left = false;

  /**
   * @param on what to tell of a result for which there is no space on the disk, and what is called once when the place is left
   */
  constructor(
    private readonly owner: string,
    private readonly room: SharedRoom,
    private readonly on: { noSpace: () => ApiError; whenLeft: () => void },
  ) {}

  /** Given when the result has grown beyond the space that there is for it: then it has to be ended. */
  get signal(): AbortSignal {
    return this.outgrown.signal;
  }

  /** Why the result had to be ended, or what went wrong with it otherwise. */
  reasonOr(error: unknown): unknown {
    return this.signal.aborted ? this.signal.reason : error;
  }

  /** Says how many bytes the result takes by now. */
  readonly grow = (bytes: number): void => {
    // What lies there may stay, also when others have taken what was free.
    if (bytes > this.taken && !this.tryGrow(bytes)) this.outgrown.abort(this.on.noSpace());
  };

  /** Takes the space of a result of this size. @returns false when there is none */
  tryGrow(bytes: number): boolean {
    if (this.left) return true;
    const more = bytes - this.taken;
    if (!this.room.take(this.owner, more)) return false;
    this.taken = bytes;
    return true;
  }

  /** Gives back all that was taken; again does nothing. */
  readonly leave = (): void => {
    if (this.left) return;
    this.left = true;
    this.room.giveBack(this.owner, this.taken);
    this.on.whenLeft();
  };
}

function tooMany(reason: string): ApiError {
  return ApiError.of('too_many_streams', { reason }, { headers: { 'Retry-After': '1' } });
}
