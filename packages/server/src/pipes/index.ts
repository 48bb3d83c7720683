export { pipeRoutes } from './routes.js';
