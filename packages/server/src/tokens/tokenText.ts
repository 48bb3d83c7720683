import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a token's text says: whose it is and which secret it carries. */
export interface TokenClaims {
  /** The Workspace's id (UUID). */
  workspaceId: string;
  /** The token's secret id (UUID); a refresh gives the token another one. */
  secretId: string;
}

/**
 * Writes and reads the text of static tokens: `p.<claims>.<signature>` (GN-05). The text is derived from the claims and the
 * server's key and is stored nowhere, so that nothing that could be used as a token can leak from the metadata store.
 */
export class TokenSigner {
  /** @param key the server's secret key, at least 32 bytes of randomness */
  constructor(private readonly key: string) {}

  /** The text of the token. */
  sign(claims: TokenClaims): string {
    const body = JSON.stringify({ u: claims.workspaceId, id: claims.secretId, host: 'goldcrest' });
    const encoded = Buffer.from(body).toString('base64url');
    return `p.${encoded}.${this.signature(encoded)}`;
  }

  /** The claims of a token's text, or null when the text is not one that this server's key has signed. */
  verify(text: string): TokenClaims | null {
    const [prefix, encoded, signature, ...rest] = text.split('.');
    if (prefix !== 'p' || encoded === undefined || signature === undefined || rest.length > 0) return null;
    const expected = Buffer.from(this.signature(encoded));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
    return readClaims(encoded);
  }

  private signature(encoded: string): string {
    return createHmac('sha256', this.key).update(encoded).digest('base64url');
  }
}

function readClaims(encoded: string): TokenClaims | null {
  const claims: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
  if (typeof claims !== 'object' || claims === null || !('u' in claims) || !('id' in claims)) return null;
  if (typeof claims.u !== 'string' || typeof claims.id !== 'string') return null;
  return { workspaceId: claims.u, secretId: claims.id };
}
