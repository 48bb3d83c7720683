export { TemplateError, type TemplateErrorKind } from './errors.js';
export type { RenderContext } from './frame.js';
export type { LiteralValue, TemplateParameter } from './parameters.js';
export type { Position } from './position.js';
export { compileTemplate, isTemplate, type Rendered, type Template } from './template.js';
