/**
 * Bounded room, in memory or on the disk, that several owners share, such as Workspaces. One that takes much leaves room for the others:
 * it may hold as much as is still free after it has taken it, so alone it gets half of the room, two get a third each.
 */
export class SharedRoom {
  private readonly held = new Map<string, number>();
  private total = 0;

  /** @param bytesMax all that there is */
  constructor(private readonly bytesMax: number) {}

  /** Takes room for `owner`. @returns false when there is none left for that owner */
  take(owner: string, bytes: number): boolean {
    const held = (this.held.get(owner) ?? 0) + bytes;
    if (held > this.bytesMax - this.total - bytes) return false;
    this.held.set(owner, held);
    this.total += bytes;
    return true;
  }

  /** Takes room that is taken already, whether it may be or not: what was there before. */
  hold(owner: string, bytes: number): void {
    this.held.set(owner, (this.held.get(owner) ?? 0) + bytes);
    this.total += bytes;
  }

  /** Gives back what `take` or `hold` has taken. */
  giveBack(owner: string, bytes: number): void {
    const held = (this.held.get(owner) ?? 0) - bytes;
    if (held === 0) this.held.delete(owner);
    else this.held.set(owner, held);
    this.total -= bytes;
  }
}
