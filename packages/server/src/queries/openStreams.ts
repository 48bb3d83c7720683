import { ApiError } from '../errors/index.js';
import { SharedRoom } from '../limits/index.js';
import { tooLargeResult } from './resultLimit.js';

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
   * @param bytesMax bytes that the result may have
   * @throws ApiError too_many_streams when the Workspace may have no further one
   */
  enter(workspaceId: string, bytesMax = Number.POSITIVE_INFINITY): StreamPlace {
    if (!this.places.take(workspaceId, 1)) {
      throw tooMany(`${this.limits.open} may be open on this server, which Workspaces share`);
    }
    const noSpace = (): ApiError =>
      tooMany(`they may take ${this.limits.bytes} bytes on this server's disk, which Workspaces share`);
    const whenLeft = (): void => this.places.giveBack(workspaceId, 1);
    const place = new StreamPlace({ owner: workspaceId, room: this.bytes, bytesMax, noSpace, whenLeft });
    if (place.tryGrow(0)) return place;
    place.leave();
    throw noSpace();
  }
}

/** What a place is made of. */
interface PlaceParts {
  owner: string;
  /** The space on the disk, which all share. */
  room: SharedRoom;
  /** Bytes that the result may have. */
  bytesMax: number;
  /** What to tell of a result for which there is no space. */
  noSpace: () => ApiError;
  /** Called once. */
  whenLeft: () => void;
}

/** The place of one result that is on its way. */
export class StreamPlace {
  private readonly outgrown = new AbortController();
  private taken = 0;
  private left = false;

  constructor(private readonly parts: PlaceParts) {}

  /** Given when the result has grown beyond what it may have, or beyond the space that there is for it: then it has to be ended. */
  get signal(): AbortSignal {
    return this.outgrown.signal;
  }

  /** Why the result had to be ended, or what went wrong with it otherwise. */
  reasonOr(error: unknown): unknown {
    return this.signal.aborted ? this.signal.reason : error;
  }

  /** Says how many bytes of the result lie on the disk by now. */
  readonly grow = (bytes: number): void => {
    this.count(bytes);
    // What lies there may stay, also when others have taken what was free.
    if (bytes > this.taken && !this.tryGrow(bytes)) this.outgrown.abort(this.parts.noSpace());
  };

  /** Says how many bytes of the result there are by now, wherever they are. */
  count(bytes: number): void {
    const { bytesMax } = this.parts;
    if (bytes > bytesMax) this.outgrown.abort(tooLargeResult(bytesMax));
  }

  /** Takes the space of a result of this size. @returns false when there is none */
  tryGrow(bytes: number): boolean {
    if (this.left) return true;
    const more = bytes - this.taken;
    if (!this.parts.room.take(this.parts.owner, more)) return false;
    this.taken = bytes;
    return true;
  }

  /** Gives back all that was taken; again does nothing. */
  readonly leave = (): void => {
    if (this.left) return;
    this.left = true;
    const { owner, room, whenLeft } = this.parts;
    room.giveBack(owner, this.taken);
    whenLeft();
  };
}

function tooMany(reason: string): ApiError {
  return ApiError.of('too_many_streams', { reason }, { headers: { 'Retry-After': '1' } });
}
