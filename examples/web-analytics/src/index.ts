export { events } from './events.js';
export { type PageHit, toLine } from './pageHit.js';
export { applyWebAnalytics } from './project.js';
export { Random } from './random.js';
export { type SendOptions, sendEvents } from './send.js';
