export { SharedRoom } from './sharedRoom.js';
