import { ApiError } from '../errors/index.js';
import type { TokenScope } from './store.js';

/** The scopes that a token can hold (AU-01…AU-11), without their resource. */
export type ScopeType =
  | 'ADMIN'
  | 'TOKENS'
  | 'DATASOURCES:CREATE'
  | 'DATASOURCES:APPEND'
  | 'DATASOURCES:READ'
  | 'DATASOURCES:DROP'
  | 'PIPES:CREATE'
  | 'PIPES:READ'
  | 'PIPES:DROP';

/** Something that a scope can name. */
export interface Resource {
  id: string;
  name: string;
}

/** What a token may do in its Workspace. Scopes add up (AU-13); ADMIN holds them all (AU-01). */
export class Rights {
  private static made = 0;
  /** Different for all rights, so that what was decided for one token is not taken for another, or for the same one before a change. */
  readonly serial = Rights.made++;
  /**
   * The filters of the Data Sources of which the token reads some rows only, by id (AU-06): those that meet one of them. A scope
   * without a filter reads all rows.
   */
  readonly filters: ReadonlyMap<string, readonly string[]>;
  private readonly held: ReadonlySet<string>;

  /** @param tokenName for error messages */
  constructor(
    private readonly tokenName: string,
    scopes: readonly TokenScope[],
  ) {
    // A scope with a filter gives nothing that asks for the whole of its resource.
    const whole = scopes.filter(({ filter }) => filter === undefined);
    this.held = new Set(whole.map((scope) => key(scope.type, scope.resource)));
    this.filters = this.readFilters(scopes);
  }

  /** Whether the token holds a scope: on the resource, or ADMIN. */
  has(type: ScopeType, resource?: Resource): boolean {
    return this.held.has('ADMIN') || this.held.has(key(type, resource?.id));
  }

  /** Whether queries of the token may name the Data Source: it reads all of its rows or some. */
  readsRowsOf(datasource: Resource): boolean {
    return this.filters.has(datasource.id) || this.has('DATASOURCES:READ', datasource);
  }

  /** @throws ApiError scope_missing unless the token holds the scope */
  require(type: ScopeType, resource?: Resource): void {
    if (this.has(type, resource)) return;
    const scope = resource === undefined ? type : `${type}:${resource.name}`;
    throw ApiError.of('scope_missing', { token: this.tokenName, scope });
  }

  /** Appending is allowed by APPEND on the Data Source and by CREATE (EV-20, EV-N4). */
  requireAppend(datasource: Resource): void {
    if (!this.has('DATASOURCES:CREATE')) this.require('DATASOURCES:APPEND', datasource);
  }

  /** Dropping is allowed by DROP on the resource only (AU-04, AU-08). */
  requireDrop(kind: 'DATASOURCES' | 'PIPES', resource: Resource): void {
    this.require(`${kind}:DROP`, resource);
  }

  private readFilters(scopes: readonly TokenScope[]): Map<string, string[]> {
    const filters = new Map<string, string[]>();
    for (const { type, resource, filter } of scopes) {
      if (type !== 'DATASOURCES:READ' || resource === undefined || filter === undefined) continue;
      if (this.has(type, { id: resource, name: resource })) continue;
      filters.set(resource, [...(filters.get(resource) ?? []), filter]);
    }
    return filters;
  }
}

function key(type: string, resource: string | undefined): string {
  return resource === undefined ? type : `${type}:${resource}`;
}
