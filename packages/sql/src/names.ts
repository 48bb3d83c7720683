import { RESERVED_WORDS } from './reservedWords.js';

/** Longest name of a resource, in characters: the engine takes 179 for a table, and `<name>_quarantine` is one too. */
export const RESOURCE_NAME_MAX = 168;

const RESOURCE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const RESOURCE_ID = /^t_(?:\w*\.)?([0-9a-f]{32})$/i;
const RESERVED: ReadonlySet<string> = new Set(RESERVED_WORDS.map((word) => word.toLowerCase()));

/**
 * Checks the name of a Data Source, Pipe, node or Workspace. (DM-01, DM-02, DM-03)
 *
 * @returns `undefined` when it can be used, else a sentence that says what is wrong and what is allowed
 */
export function checkResourceName(name: string): string | undefined {
  if (name === '') return 'The name is empty. Use letters, digits and underscores.';
  if (name.length > RESOURCE_NAME_MAX) {
    return `The name has ${name.length} characters; at most ${RESOURCE_NAME_MAX} are allowed.`;
  }
  if (/^\d/.test(name))
    return `The name ${quoted(name)} starts with a digit. Start with a letter or underscore.`;
  if (!RESOURCE_NAME.test(name)) {
    return `The name ${quoted(name)} holds other characters than letters, digits and underscores. Use only those.`;
  }
  if (name === '_') return 'The name _ stands for a Pipe in queries. Choose another name.';
  if (RESOURCE_ID.test(name)) return `The name ${quoted(name)} looks like an id. Choose another name.`;
  if (RESERVED.has(name.toLowerCase()))
    return `The name ${quoted(name)} is a reserved word. Choose another name.`;
  return undefined;
}

/** True for the id of a Data Source or Pipe, plain or decorated with a label. (GN-26, DM-11) */
export function isResourceId(text: string): boolean {
  return RESOURCE_ID.test(text);
}

/**
 * Reads an id: `t_<32 hex>`, or with a label `t_<label>.<32 hex>`. (GN-26, DM-11)
 *
 * @returns the canonical id `t_<32 lower-case hex>`, or `undefined` when the text is none
 */
export function parseResourceId(text: string): string | undefined {
  const hex = RESOURCE_ID.exec(text)?.[1];
  return hex === undefined ? undefined : `t_${hex.toLowerCase()}`;
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
