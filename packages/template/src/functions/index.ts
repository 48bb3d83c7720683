import { ARRAY_FUNCTIONS } from './arrays.js';
import { BUILTIN_FUNCTIONS } from './builtins.js';
import { CONDITION_FUNCTIONS } from './conditions.js';
import { DATE_FUNCTIONS } from './dateDifference.js';
import { IDENTIFIER_FUNCTIONS } from './identifiers.js';
import { REPLY_FUNCTIONS } from './replies.js';
import { REQUEST_FUNCTIONS } from './requests.js';
import type { TemplateFunction } from './signature.js';
import { TYPED_FUNCTIONS } from './typed.js';

/** Every function that a template can call, by name. */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map([
  ...TYPED_FUNCTIONS,
  ...CONDITION_FUNCTIONS,
  ...IDENTIFIER_FUNCTIONS,
  ...ARRAY_FUNCTIONS,
  ...DATE_FUNCTIONS,
  ...REPLY_FUNCTIONS,
  ...REQUEST_FUNCTIONS,
  ...BUILTIN_FUNCTIONS,
]);
