import { ApiError } from '../errors/index.js';
import type { Snapshot, Workspace, WorkspaceCatalog } from '../workspaces/index.js';
import type { Rights } from './rights.js';
import type { Token } from './store.js';
import type { TokenClaims, TokenSigner } from './tokenText.js';

/** Who makes a request: a token and its Workspace. */
export interface Auth {
  workspace: Workspace;
  token: Token;
  rights: Rights;
}

/** Texts whose signature was checked before and need no second check; the oldest go first. */
const VERIFIED_MAX = 10_000;

/** Finds out whose token a request carries. */
export class Authenticator {
  private readonly verified = new Map<string, TokenClaims>();

  constructor(
    private readonly signer: TokenSigner,
    private readonly catalog: WorkspaceCatalog,
  ) {}

  /**
   * @param text the token as the client sent it
   * @returns at once where the Workspace is at hand, which spares most requests a turn of promises
   * @throws ApiError token_invalid; workspace_gone when the token's Workspace was removed (EV-15)
   */
  authenticate(text: string): Auth | Promise<Auth> {
    const claims = this.claimsOf(text);
    if (claims === null) throw ApiError.of('token_invalid', {});
    const snapshot = this.catalog.known(claims.workspaceId);
    if (snapshot !== undefined) return holderOf(claims, snapshot);
    return this.catalog.snapshot(claims.workspaceId).then((found) => holderOf(claims, found));
  }

  private claimsOf(text: string): TokenClaims | null {
    const known = this.verified.get(text);
    if (known !== undefined) return known;
    const claims = this.signer.verify(text);
    if (claims !== null) this.remember(text, claims);
    return claims;
  }

  private remember(text: string, claims: TokenClaims): void {
    const [oldest] = this.verified.keys();
    if (this.verified.size >= VERIFIED_MAX && oldest !== undefined) this.verified.delete(oldest);
    this.verified.set(text, claims);
  }
}

function holderOf(claims: TokenClaims, snapshot: Snapshot | null): Auth {
  if (snapshot === null) throw ApiError.of('workspace_gone', {});
  const token = snapshot.tokens.get(claims.secretId);
  if (token === undefined) throw ApiError.of('token_invalid', {});
  return { workspace: snapshot.workspace, token, rights: snapshot.rightsOf(token) };
}
