export { type Config, ConfigError, helpText, readCommandLine, readConfig } from './config.js';
export { environmentVariable, type Setting, settings } from './settings.js';
