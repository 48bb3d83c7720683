/** Things that wait for their turn: owners take turns, and what an owner has waits in order. A thing waits once at a time. */
export class FairQueue<Thing> {
  /** Owners with something that waits, in the order of their turns. */
  private readonly lanes = new Map<string, Set<Thing>>();

  /** Puts a thing at the end of its owner's lane, unless it is there already. */
  add(owner: string, thing: Thing): void {
    const lane = this.lanes.get(owner);
    if (lane === undefined) this.lanes.set(owner, new Set([thing]));
    else lane.add(thing);
  }

  /** Takes out whose turn it is of those that may have one; undefined when none of them waits. */
  take(mayHaveTurn: (thing: Thing) => boolean): Thing | undefined {
    for (const [owner, lane] of this.lanes) {
      for (const thing of lane) {
        if (!mayHaveTurn(thing)) continue;
        this.lanes.delete(owner);
        lane.delete(thing);
        if (lane.size > 0) this.lanes.set(owner, lane);
        return thing;
      }
    }
    return undefined;
  }
}
