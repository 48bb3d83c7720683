export { events } from './events.js';
export { type PageHit, toLine } from './pageHit.js';
export { applyWebAnalytics } from './project.js';
export { type SendOptions, sendEvents } from './send.js';
