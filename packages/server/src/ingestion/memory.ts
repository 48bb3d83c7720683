import { ApiError } from '../errors/index.js';
import { type RequestRoom, SharedRoom } from '../limits/index.js';
import { overloaded } from './overloaded.js';

/** Bytes of events that may be in memory, of all requests together; a Workspace may hold as much of them as it leaves free. */
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;

/** So many bytes a Workspace may hold when there is no other one. What a single request takes beyond them is found room for elsewhere. */
const USUAL_BYTES_MAX = MEMORY_BYTES_MAX / 2;

/** Bytes of a single request at the most. A row takes a few hundred in quarantine, however short the event was. */
const LARGE_BYTES_MAX = 512 * 1024 * 1024;

/**
 * Memory for events. A request that alone takes more than a Workspace may hold could be tried again for ever; one such at a time is held
 * besides all others.
 */
export class EventMemory {
  private readonly shared = new SharedRoom(MEMORY_BYTES_MAX);
  private large: RequestRoom | null = null;

  /** Room for one request of a Workspace. */
  room(workspaceId: string): RequestRoom {
    return new EventRoom(this, this.shared, workspaceId);
  }

  /** Whether `room` may be larger than others may: no other one is. */
  enlarge(room: RequestRoom): boolean {
    this.large ??= room;
    return this.large === room;
  }

  /** Lets another one be large. */
  ended(room: RequestRoom): void {
    if (this.large === room) this.large = null;
  }
}

/** The room of one request. Its states: with the others', then, when it is too large for that, besides them. */
class EventRoom implements RequestRoom {
  private held = 0;
  private isLarge = false;

  constructor(
    private readonly memory: EventMemory,
    private readonly shared: SharedRoom,
    private readonly owner: string,
  ) {}

  /** @throws ApiError ingestion_overloaded, events_too_large */
  add(bytes: number): void {
    if (!this.isLarge && !this.shared.take(this.owner, bytes)) this.enlarge(bytes);
    if (this.isLarge && this.held + bytes > LARGE_BYTES_MAX)
      throw ApiError.of('events_too_large', { limit: LARGE_BYTES_MAX });
    this.held += bytes;
  }

  giveBack(bytes = this.held): void {
    this.held -= bytes;
    if (!this.isLarge) this.shared.giveBack(this.owner, bytes);
    else if (this.held === 0) {
      this.isLarge = false;
      this.memory.ended(this);
    }
  }

  /** @throws ApiError ingestion_overloaded when the request is of usual size, or another large one is under way */
  private enlarge(bytes: number): void {
    if (this.held + bytes <= USUAL_BYTES_MAX || !this.memory.enlarge(this)) throw overloaded();
    this.shared.giveBack(this.owner, this.held);
    this.isLarge = true;
  }
}
