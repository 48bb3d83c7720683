import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { runCommand } from './command.js';
import { events } from './events.js';
import { toLine } from './pageHit.js';

/** Keeps what is written; the write that would exceed `linesMax` lines fails as a closed pipe does. */
class Reader extends Writable {
  text = '';
  linesMax = Number.POSITIVE_INFINITY;

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.text += chunk.toString();
    const gone = this.text.split('\n').length > this.linesMax;
    done(gone ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : undefined);
  }
}

async function run(
  args: readonly string[],
  linesMax?: number,
): Promise<{ code: number; out: string; err: string }> {
  const [out, err] = [new Reader(), new Reader()];
  if (linesMax !== undefined) out.linesMax = linesMax;
  const code = await runCommand(args, { out, err });
  return { code, out: out.text, err: err.text };
}

test('prints the events of the seed, one a line', async () => {
  const expected = Array.from(events(1234, 42), (hit) => `${toLine(hit)}\n`).join('');
  expect(await run(['--events', '1234', '--seed=42'])).toEqual({ code: 0, out: expected, err: '' });
});

test('prints nothing for no events', async () => {
  expect(await run(['--events', '0'])).toEqual({ code: 0, out: '', err: '' });
});

test('ends quietly, and long before the last event, when the reader goes away', async () => {
  const { code, out, err } = await run(['--events', '9007199254740991'], 10);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.length).toBeLessThan(200_000);
});

test('explains itself', async () => {
  const { code, out } = await run(['--help']);
  expect(code).toBe(0);
  expect(out).toContain('npm run --silent generate -- [options]');
});

const wholeNumber = 'Allowed: a whole number from 0 to 9007199254740991.';

test.each([
  [['--events', 'many'], `--events is \`many\`. ${wholeNumber}`],
  [['--events=-3'], `--events is \`-3\`. ${wholeNumber}`],
  [['--events', '-3'], "Option '--events' argument is ambiguous. See --help."],
  [['--events', '1e3'], `--events is \`1e3\`. ${wholeNumber}`],
  [['--events', ''], `--events is \`\`. ${wholeNumber}`],
  [['--seed', '9007199254740992'], `--seed is \`9007199254740992\`. ${wholeNumber}`],
  [['--seed'], "Option '--seed <value>' argument missing. See --help."],
  [['--url', 'http://localhost:1'], '--url and --token are for sending: add --send, or leave them out.'],
  [
    ['--send', '--url', 'localhost'],
    '--url is `localhost`. Allowed: a URL that begins with http:// or https://.',
  ],
  [
    ['--send', '--url', 'ftp://x'],
    '--url is `ftp://x`. Allowed: a URL that begins with http:// or https://.',
  ],
])('refuses %j with a sentence and exit code 2', async (args, reason) => {
  expect(await run(args)).toEqual({ code: 2, out: '', err: `generate: ${reason}\n` });
});

test('says so when no server answers', async () => {
  const { code, out, err } = await run(['--send', '--url', 'http://127.0.0.1:9']);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^generate: fetch failed \(.+\)\. Is the server running\?\n$/);
});
