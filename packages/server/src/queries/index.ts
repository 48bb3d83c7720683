export { newCall, type QueryCall } from './call.js';
export { outputNode, ownText } from './compile.js';
export { endpointFormat, endpointFormatNames } from './formats.js';
export { Gate } from './gate.js';
export { outputSettings } from './parameters.js';
export { analyse, type PrepareNeeds, prepareEndpoint, prepareNode, prepareSql } from './prepare.js';
export { checkText, type QueryNeeds, queryRoutes, refuseTemplate } from './routes.js';
export { asApiError, goneSignal, sendResult } from './run.js';
