export { percentile } from './figures.js';
export { residentMib } from './processMemory.js';
export { postRequest, RawConnections, type RawReply } from './rawHttp.js';
export { ServerProcess } from './serverProcess.js';
