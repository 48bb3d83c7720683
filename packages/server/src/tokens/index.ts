export { type Auth, Authenticator } from './authenticate.js';
export { defaultTokens, newToken } from './create.js';
export { type Resource, Rights, type ScopeType } from './rights.js';
export { localTokenRoutes, localTokens, type TokenRoutesNeeds } from './routes.js';
export type { Token, TokenScope } from './store.js';
export { TokenSigner } from './tokenText.js';
