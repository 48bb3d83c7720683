import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  environmentVariable,
  helpText,
  readCommandLine,
  readConfig,
  type Setting,
  settings,
} from './index.js';

const table: [string, Setting][] = Object.entries(settings);

describe('the command line', () => {
  test('flags win over the environment, which wins over the defaults', () => {
    const command = readCommandLine(['--port', '8000', '--host=0.0.0.0'], {
      GOLDCREST_PORT: '9000',
      GOLDCREST_LOG_LEVEL: 'warn',
    });
    expect(command).toMatchObject({
      kind: 'serve',
      config: { port: 8000, host: '0.0.0.0', logLevel: 'warn', data: './data' },
    });
  });

  test('--help and --version', () => {
    expect(readCommandLine(['--port', '1', '--help'], {})).toEqual({ kind: 'help' });
    expect(readCommandLine(['--version'], {})).toEqual({ kind: 'version' });
    for (const [, setting] of table) {
      expect(helpText()).toContain(`--${setting.flag}  (${environmentVariable(setting)})`);
    }
  });

  test.each([
    [['--prot', '80'], /^There is no option --prot\. The options are: --host, --port, /],
    [['port'], /^`port` is not an option\. The options are: /],
    [['--port'], /^--port needs a value\. Allowed: a whole number from 0 to 65535\.$/],
    [
      ['--port', '70000'],
      /^--port is `70000`, which is not allowed\. Allowed: a whole number from 0 to 65535\.$/,
    ],
    [['--port', '80x'], /^--port is `80x`, which is not allowed\./],
    [
      ['--log-level', 'loud'],
      /^--log-level is `loud`, which is not allowed\. Allowed: debug, info, warn, error, silent\.$/,
    ],
    [['--data', ''], /^--data is ``, which is not allowed\. Allowed: any text that is not empty\.$/],
  ])('%j is refused with what is allowed', (args, message) => {
    expect(() => readCommandLine(args, {})).toThrow(message);
  });

  test.each(['*', '?', '{', '}', '[', ']'])(
    '[EV-11] a data directory with %s in its path is none for the embedded engine',
    (sign) => {
      expect(() => readCommandLine(['--data', `./a${sign}b/data`], {})).toThrow(/reads no files with any of/);
      const url = 'http://localhost:8123';
      expect(readCommandLine(['--data', `./a${sign}b`, '--engine-url', url], {}).kind).toBe('serve');
    },
  );

  test('a wrong environment variable is refused by its name', () => {
    expect(() => readConfig(new Map(), { GOLDCREST_PORT: 'x' })).toThrow(
      /^GOLDCREST_PORT is `x`, which is not allowed\./,
    );
  });
});

test('docs/configuration.md has every setting with its variable, default and meaning', () => {
  const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');
  const rows = table.map(([, setting]) => {
    const fallback = setting.default === '' ? '' : `\`${setting.default}\``;
    return `| \`--${setting.flag}\` | \`${environmentVariable(setting)}\` | ${fallback} | ${setting.about} |`;
  });
  expect(page.split('\n').filter((line) => line.startsWith('| `--'))).toEqual(rows);
});
