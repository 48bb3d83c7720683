export { isViewError, type ViewFailure, viewFailure } from './failure.js';
export { IGNORE_VIEW_ERRORS } from './insertSettings.js';
export { dropProbe, newProbe, PROBE } from './probes.js';
export { recoverViews } from './recover.js';
export { materializationRoutes } from './routes.js';
export { viewsTriggeredBy } from './triggered.js';
export { Views } from './views.js';
export { markWrites, type WriteMarks, type WrittenSince, writtenSince } from './written.js';
