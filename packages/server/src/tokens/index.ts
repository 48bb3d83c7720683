export { type Auth, Authenticator } from './authenticate.js';
export { newToken } from './create.js';
export { Rights, type ScopeType } from './rights.js';
export { localTokenRoutes, localTokens } from './routes.js';
export { fitsQuarantine, RowFilterChecker } from './rowFilters.js';
export type { Token } from './store.js';
export { TokenSigner } from './tokenText.js';
