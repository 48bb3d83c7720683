import { hasControlCharacter } from './controls.js';
import { SqlNameError } from './errors.js';

const STRING_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ["'", "\\'"],
  ['\0', '\\0'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);
const SETTING_NAME = /^[a-z_][a-z0-9_]*$/i;

/** A setting's value before it is quoted. */
export type SettingValue = string | number | boolean;

/**
 * A string literal in single quotes, safe for every string: backslash, quotes, NUL and line breaks are escaped.
 * Half a surrogate pair reaches the engine as U+FFFD.
 */
export function quoteString(value: string): string {
  return `'${value.replace(/[\\'\0\n\r\t]/g, (character) => STRING_ESCAPES.get(character) ?? character)}'`;
}

/**
 * An identifier in backticks.
 *
 * @throws SqlNameError when the name is empty or holds a control character
 */
export function quoteIdentifier(name: string): string {
  if (name === '') throw new SqlNameError('A name must not be empty.');
  if (hasControlCharacter(name)) {
    throw new SqlNameError(`The name ${JSON.stringify(name)} holds a control character; remove it.`);
  }
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}

/**
 * The inside of a SETTINGS clause: `max_threads = 1, log_comment = 'x'`; empty for no settings. Booleans become 0 and 1.
 *
 * @throws SqlNameError when a name is no setting's name or a number is not finite
 */
export function quoteSettings(settings: Readonly<Record<string, SettingValue>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${checkSettingName(name)} = ${quoteSettingValue(name, value)}`)
    .join(', ');
}

function checkSettingName(name: string): string {
  if (SETTING_NAME.test(name)) return name;
  throw new SqlNameError(`${JSON.stringify(name)} is no setting: use letters, digits and underscores only.`);
}

function quoteSettingValue(name: string, value: SettingValue): string {
  if (typeof value === 'string') return quoteString(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (Number.isFinite(value)) return String(value);
  throw new SqlNameError(`The setting ${name} needs a finite number, not ${value}.`);
}
