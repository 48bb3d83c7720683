import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lex, type TokenKind } from './lexer.js';
import { quoteIdentifier, quoteString } from './quote.js';

/** Generated texts per property, sent to the engine in one query. */
const GENERATED = 800;

let directory = '';
let session: Session;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'goldcrest-lexer-'));
  session = new Session(directory);
});

afterAll(() => {
  session.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A token as both sides can say it: bytes where it begins and ends, and its kind. */
type Span = [begin: number, end: number, kind: TokenKind];

const KINDS: Readonly<Record<string, TokenKind>> = {
  BareWord: 'word',
  Number: 'number',
  StringLiteral: 'string',
  QuotedIdentifier: 'quotedIdentifier',
  HereDoc: 'heredoc',
  Whitespace: 'space',
  Comment: 'comment',
  VerticalDelimiter: 'error',
};

function kindOf(engineType: string): TokenKind {
  return KINDS[engineType] ?? (engineType.startsWith('Error') ? 'error' : 'punctuation');
}

/** Up to the first error, where the engine refuses the text; a run of spaces is one. */
function comparable(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const [begin, end, kind] of spans) {
    const last = out.at(-1);
    if (kind === 'error') return [...out, [begin, begin, kind]];
    if (kind === 'space' && last?.[2] === 'space') last[1] = end;
    else out.push([begin, end, kind]);
  }
  return out;
}

function ourSpans(sql: string): Span[] {
  let end = 0;
  return lex(sql).map((token): Span => {
    const begin = end;
    end += Buffer.byteLength(token.text);
    return [begin, end, token.kind];
  });
}

/** The rows of one query; the engine's JSON is trusted to have the asked shape. */
function rows<T>(sql: string): T[] {
  const reply: { data: T[] } = JSON.parse(session.query(sql, 'JSONCompact'));
  return reply.data;
}

function engineSpans(texts: readonly string[]): Span[][] {
  const list = texts.map((text) => `'${Buffer.from(text).toString('base64')}'`).join(', ');
  const spans =
    'arrayMap(t -> (toUInt32(t.begin), toUInt32(t.end), toString(t.type)), tokenizeQuery(base64Decode(text)))';
  const found = rows<[[number, number, string][]]>(
    `SELECT ${spans} FROM (SELECT arrayJoin([${list}]) AS text)`,
  );
  return found.map(([tokens]) => tokens.map(([begin, end, type]): Span => [begin, end, kindOf(type)]));
}

function expectAgreement(texts: readonly string[]): void {
  const theirs = engineSpans(texts);
  const wrong = texts.flatMap((text, at) => {
    const [ours, engines] = [comparable(ourSpans(text)), comparable(theirs[at] ?? [])];
    return JSON.stringify(ours) === JSON.stringify(engines) ? [] : [{ text, ours, engines }];
  });
  expect(wrong).toEqual([]);
}

/** One text for each thing that has surprised somebody. */
const TRICKY: string[] = JSON.parse(readFileSync(new URL('./lexer.tricky.json', import.meta.url), 'utf8'));

const PIECES = [
  ...[
    "'",
    '"',
    '`',
    '\\',
    "''",
    "\\'",
    '$',
    '$a$',
    '$$',
    '$a b$',
    '--',
    '-',
    '//',
    '/*',
    '*/',
    '#',
    '# ',
    '#!',
    '\n',
    '\r',
    ' ',
  ],
  ...[
    '\u00a0',
    '\u2003',
    '\u2028',
    '\ufeff',
    '−',
    '‘',
    '’',
    '“',
    '”',
    'é',
    '0',
    '1',
    '9',
    '0x',
    '0b',
    '_',
    'e',
    'E',
    'p',
    '+',
    '.',
  ],
  ...[
    'a',
    "x'",
    "b'",
    'G',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    ';',
    ':',
    '|',
    '@',
    '<',
    '=',
    '>',
    '!',
    '?',
    '^',
    '&',
    '~',
    '%',
    '日',
  ],
];

describe('lex against the engine', () => {
  test('finds the same tokens in tricky texts', () => {
    expectAgreement(TRICKY);
  });

  test('finds the same tokens in generated texts', () => {
    const text = fc
      .array(fc.constantFrom(...PIECES), { maxLength: 14 })
      .map((pieces) => `a ${pieces.join('')}`);
    expectAgreement([...new Set(fc.sample(text, GENERATED))].filter((sql) => !/\\x/.test(sql)));
  });

  test('a literal decodes to the value that the engine returns', () => {
    const bodies = [
      '',
      "it''s",
      "it\\'s",
      '\\a\\b\\e\\f\\n\\r\\t\\v\\0',
      '\\N',
      '\\q\\%\\_',
      '\\=\\/\\-\\"\\`',
      '\\x41\\xc3\\xa9',
      '\\xZZ',
      "a\\x''",
      '\\u0041',
      '\\é',
      '\\\n',
      '日😀',
      '"`',
    ];
    const parts = [
      "''",
      '\\\\',
      "\\'",
      '\\n',
      '\\x4f',
      '\\xff',
      '\\N',
      '\\0',
      '\\q',
      'a',
      'é',
      '"',
      '`',
      '\n',
      '\\=',
      '\\/',
    ];
    const generated = fc.sample(
      fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((all) => all.join('')),
      300,
    );
    const literals = [
      ...[...bodies, ...generated].map((body) => `'${body}'`),
      "‘a\\n''b’",
      '$$a\\n$$',
      '$t$$$$t$',
      "x'414'",
      "b'101'",
      "x''",
    ];
    const texts = literals.map((literal) => lex(literal)[0]?.value);
    const query = `SELECT arrayMap(x -> base64Encode(x), [${literals.join(', ')}])`;
    const values = rows<[string[]]>(query)[0]?.[0].map((value) => Buffer.from(value, 'base64').toString());
    expect(texts).toEqual(values);
  });

  test('a quoted name decodes to the name that the engine gives the column', () => {
    const names = [
      '`a``b`',
      '`a\\`b`',
      '`a\\nb`',
      '"a""b"',
      '"a\\"b"',
      '"it\'s"',
      '`a.b`',
      '`\\x41`',
      '`é日`',
      '`a\\\\b`',
      '“a\\b”',
      '`a\\q`',
    ];
    const reply: { meta: { name: string }[] } = JSON.parse(
      session.query(`SELECT ${names.map((name) => `1 AS ${name}`).join(', ')}`, 'JSON'),
    );
    expect(reply.meta.map((column) => column.name)).toEqual(names.map((name) => lex(name)[0]?.value));
  });

  test('an escape that runs over the closing quote is an error on both sides', () => {
    for (const literal of ["'a\\x'", "'a\\x4'"]) {
      expect(lex(literal)).toEqual([{ kind: 'error', text: literal, start: 0, end: literal.length }]);
      expect(() => session.query(`SELECT ${literal}`, 'TSV')).toThrow(/SYNTAX_ERROR/);
    }
  });

  test('quoteString and quoteIdentifier come back as they were', () => {
    const values = fc
      .sample(fc.string({ unit: 'binary', minLength: 1 }), 300)
      .map((value) => value.replace(/\p{Surrogate}/gu, '\ufffd'));
    const query = `SELECT arrayMap(x -> base64Encode(x), [${values.map(quoteString).join(', ')}])`;
    const returned = rows<[string[]]>(query)[0]?.[0].map((value) => Buffer.from(value, 'base64').toString());
    expect(returned).toEqual(values);
    const names = ['a b', 'a`b', 'a\\b', 'a\\`b', 'a\'"b', 'é', 'a.b', 'select'];
    const reply: { meta: { name: string }[] } = JSON.parse(
      session.query(
        `SELECT ${names.map((name, at) => `${at} AS ${quoteIdentifier(name)}`).join(', ')}`,
        'JSON',
      ),
    );
    expect(reply.meta.map((column) => column.name)).toEqual(names);
  });
});
