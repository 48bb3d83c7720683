export { type RequestRoom, RoomOfOwner } from './requestRoom.js';
export { SharedRoom } from './sharedRoom.js';
