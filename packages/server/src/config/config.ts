import { resolve } from 'node:path';
import { environmentVariable, type Setting, type SettingName, settings } from './settings.js';

type Value<S extends Setting> = S['kind'] extends { type: 'integer' }
  ? number
  : S['kind'] extends { type: 'choice'; values: readonly (infer Choice)[] }
    ? Choice
    : string;

/** The server's settings, read and checked. */
export type Config = { readonly [Name in SettingName]: Value<(typeof settings)[Name]> };

/** A wrong setting; the message names it, what was given and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** What the command line asks for. */
export type CommandLine = { kind: 'help' } | { kind: 'version' } | { kind: 'serve'; config: Config };

const table: [SettingName, Setting][] = Object.entries(settings).map(([name, setting]) => [
  name as SettingName,
  setting,
]);

/**
 * Reads the command line and the environment.
 * @throws ConfigError for a flag that does not exist or a value that is not allowed.
 */
export function readCommandLine(args: readonly string[], environment: NodeJS.ProcessEnv): CommandLine {
  if (args.includes('--help') || args.includes('-h')) return { kind: 'help' };
  if (args.includes('--version')) return { kind: 'version' };
  return { kind: 'serve', config: readConfig(readFlags(args), environment) };
}

/** Reads the settings from flags (by setting name, as text) and the environment. */
export function readConfig(flags: ReadonlyMap<string, string>, environment: NodeJS.ProcessEnv): Config {
  const values: Record<string, string | number> = {};
  for (const [name, setting] of table) {
    const variable = environmentVariable(setting);
    const flag = flags.get(setting.flag);
    const source = flag === undefined ? variable : `--${setting.flag}`;
    values[name] = readValue(source, setting, flag ?? environment[variable] ?? setting.default);
  }
  // The table's kinds decide the types, which TypeScript can't follow through the loop.
  const config = values as Config;
  refuseUnreadablePath(config);
  return config;
}

/** Characters that stand for others when the embedded engine is told which file to read. */
const PATTERN = /[*?{}[\]]/;

/** Events would be taken and never be read from a file whose path the engine takes for a pattern. */
function refuseUnreadablePath({ data, engineUrl }: Config): void {
  const path = resolve(data);
  if (engineUrl !== '' || !PATTERN.test(path)) return;
  throw new ConfigError(
    `The data directory ${path} can not be used: the embedded database reads no files with any of * ? { } [ ] in their path. Choose another one with --data.`,
  );
}

function readFlags(args: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const [flag, inline] = splitFlag(args[i] ?? '');
    const value = inline ?? args[++i];
    if (value === undefined) throw new ConfigError(`--${flag} needs a value. ${allowed(settingOf(flag))}`);
    flags.set(flag, value);
  }
  return flags;
}

function splitFlag(arg: string): [string, string | undefined] {
  const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg);
  const flag = match?.[1];
  if (flag === undefined) throw new ConfigError(`\`${arg}\` is not an option. ${allOptions()}`);
  if (settingOf(flag) === undefined) throw new ConfigError(`There is no option --${flag}. ${allOptions()}`);
  return [flag, match?.[2]];
}

function settingOf(flag: string): Setting | undefined {
  return table.find(([, setting]) => setting.flag === flag)?.[1];
}

function allOptions(): string {
  return `The options are: ${table.map(([, setting]) => `--${setting.flag}`).join(', ')}, --help, --version.`;
}

function readValue(source: string, setting: Setting, text: string): string | number {
  const { kind } = setting;
  const wrong = () => new ConfigError(`${source} is \`${text}\`, which is not allowed. ${allowed(setting)}`);
  switch (kind.type) {
    case 'integer': {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      if (!(value >= kind.min && value <= kind.max)) throw wrong();
      return value;
    }
    case 'choice':
      if (!kind.values.includes(text)) throw wrong();
      return text;
    case 'text':
      if (text === '' && kind.allowEmpty !== true) throw wrong();
      return text;
  }
}

/** Says in one sentence which values a setting takes. */
export function allowed(setting: Setting | undefined): string {
  switch (setting?.kind.type) {
    case 'integer':
      return `Allowed: a whole number from ${setting.kind.min} to ${setting.kind.max}${setting.kind.unit && ` (${setting.kind.unit})`}.`;
    case 'choice':
      return `Allowed: ${setting.kind.values.join(', ')}.`;
    default:
      return 'Allowed: any text that is not empty.';
  }
}

/** The text of `--help`. */
export function helpText(): string {
  const rows = table.map(([, setting]) => {
    const value = setting.default === '' ? '' : ` [${setting.default}]`;
    return `  --${setting.flag}  (${environmentVariable(setting)})\n      ${setting.about}${value}`;
  });
  return `Goldcrest: real-time analytics. Send events, write SQL, get an API.

Usage: npm start -- [options]

Options (each also as an environment variable; [default]):
${rows.join('\n')}
  --help, --version
`;
}
