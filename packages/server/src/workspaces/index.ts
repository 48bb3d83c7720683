export { WorkspaceCatalog } from './catalog.js';
export { ensureWorkspace } from './create.js';
export { findDataSource, findPipe } from './find.js';
export { checkNameIsFree, kindOfName, nearestHint, refuseTakenName } from './names.js';
export { SharedRoom } from './sharedRoom.js';
export { databaseOf, Snapshot } from './snapshot.js';
export type { Workspace } from './store.js';
