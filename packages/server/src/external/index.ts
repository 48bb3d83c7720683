export { operatorAddresses, sourcesOf } from './permission.js';
export { externalRoutes } from './routes.js';
export type { ExternalPermission } from './store.js';
