import { parseResourceId } from '@goldcrest/sql';

/** Resources that can be found by name or by id (DM-10, GN-25, GN-26). */
export class Named<Item extends { id: string; name: string }> {
  private readonly byName: ReadonlyMap<string, Item>;
  private readonly byId: ReadonlyMap<string, Item>;

  constructor(readonly all: readonly Item[]) {
    this.byName = new Map(all.map((item) => [item.name, item]));
    this.byId = new Map(all.map((item) => [item.id, item]));
  }

  /** The resource with this name or id; an id may carry a label: `t_label.<32 hex>`. */
  find(nameOrId: string): Item | undefined {
    const named = this.byName.get(nameOrId);
    if (named !== undefined) return named;
    const id = parseResourceId(nameOrId);
    return id === undefined ? undefined : this.byId.get(id);
  }

  /** All names, for messages and hints. */
  get names(): string[] {
    return [...this.byName.keys()];
  }
}
