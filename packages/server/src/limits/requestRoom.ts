import type { SharedRoom } from './sharedRoom.js';

/** Bytes in memory that one request holds of a room that it shares with others. */
export interface RequestRoom {
  /** Takes more, before they are there or as they come. @throws ApiError when there is no room for them */
  add(bytes: number): void;
  /** Gives back some of what it holds, or all. */
  giveBack(bytes?: number): void;
}

/** A request's part of a shared room, for one of those who share it. */
export class RoomOfOwner implements RequestRoom {
  private held = 0;
  private ended = false;

  /** @param refusal what to throw when there is no more */
  constructor(
    private readonly room: SharedRoom,
    private readonly owner: string,
    private readonly refusal: () => Error,
  ) {}

  add(bytes: number): void {
    if (this.ended || !this.room.take(this.owner, bytes)) throw this.refusal();
    this.held += bytes;
  }

  giveBack(bytes = this.held): void {
    const given = Math.min(bytes, this.held);
    this.room.giveBack(this.owner, given);
    this.held -= given;
  }

  /** Gives back all, and takes nothing any more: nobody would give it back. */
  end(): void {
    this.ended = true;
    this.giveBack();
  }
}
