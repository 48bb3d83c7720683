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
  private readonly held: ReadonlySet<string>;

  /** @param tokenName for error messages */
  constructor(
    private readonly tokenName: string,
    scopes: readonly TokenScope[],
  ) {
    // A scope for some rows only (AU-06) gives nothing as long as nothing keeps the other rows away.
    const whole = scopes.filter(({ filter }) => filter === undefined);
    this.held = new Set(whole.map((scope) => key(scope.type, scope.resource)));
  }

  /** Whether the token holds a scope: on the resource, or ADMIN. */
  has(type: ScopeType, resource?: Resource): boolean {
    return this.held.has('ADMIN') || this.held.has(key(type, resource?.id));
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
}

function key(type: string, resource: string | undefined): string {
  return resource === undefined ? type : `${type}:${resource}`;
}
