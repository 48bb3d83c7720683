export { events } from './events.js';
export { type PageHit, toLine } from './pageHit.js';
export { applyProject, PAGE_HITS, PIPES, type ProjectPipe } from './project.js';
export { type SendOptions, sendEvents } from './send.js';
