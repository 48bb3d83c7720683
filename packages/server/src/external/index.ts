export { operatorAddresses, sourcesOf } from './permission.js';
export { type ExternalNeeds, externalRoutes } from './routes.js';
export type { ExternalPermission } from './store.js';
