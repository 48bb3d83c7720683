export { Inference } from './inference.js';
