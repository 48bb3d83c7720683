import fc from 'fast-check';

/** JSON texts of values, as bodies have them. */
export type Texts = fc.Arbitrary<string>;

const bits = [7, 8, 15, 16, 31, 32, 53, 63, 64, 127, 128, 255, 256];

/** The limits of the types of integers, and one beyond. */
const limits = bits.flatMap((count) => {
  const limit = 2n ** BigInt(count);
  return [limit - 1n, limit, limit + 1n, -limit, -limit - 1n].map(String);
});

const wholeNumbers: Texts = fc.oneof(
  fc.integer().map(String),
  fc.integer({ min: -300, max: 300 }).map(String),
  fc.constantFrom(...limits),
  fc.bigInt().map(String),
);

const numbers: Texts = fc.oneof(
  { weight: 4, arbitrary: wholeNumbers },
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc
    .tuple(fc.integer({ min: -999, max: 999 }), fc.nat(99_999_999), fc.integer({ min: -45, max: 45 }))
    .map(([whole, fraction, exponent]) => `${whole}.${fraction}e${exponent}`),
  fc.tuple(wholeNumbers, fc.nat(9999)).map(([whole, fraction]) => `${whole}.${fraction}`),
  fc.constantFrom('-0', '0.0', '-0.0', '3.0', '1e2', '1E+2', '1e-400', '1e400', '3.4028236e38', '0.1e1'),
  fc.constantFrom(
    '1.00000000000000000001',
    '4503599627370497.5',
    `1${'0'.repeat(300)}`,
    `0.${'1'.repeat(90)}`,
  ),
);

const characters = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abcXYZ 019-:._/,'.split('')) },
  fc.constantFrom(
    '"',
    '\\',
    '\n',
    '\t',
    '\u0000',
    '\u001f',
    '\u007f',
    'é',
    '\u2028',
    '😀',
    '\ufeff',
    "'",
    '`',
  ),
);

const plainTexts = fc.string({ unit: characters, maxLength: 12 });

/** A text as JSON, in which some characters may be written as escapes that they don't need. */
function quoted(text: string, escapes: number): string {
  const written = JSON.stringify(text);
  if (escapes % 3 === 0) return written;
  if (escapes % 3 === 1) return written.replaceAll('/', '\\/');
  const escaped = [...text].map((character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  );
  return `"${escaped.join('')}"`;
}

const texts: Texts = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(plainTexts, fc.nat(8)).map(([text, escapes]) => quoted(text, escapes)) },
  fc.constantFrom(
    '"nan"',
    '"inf"',
    '"1"',
    '"1.5"',
    '"true"',
    '"null"',
    '"1e3"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
  ),
);

const two = (max: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, '0'));

const days = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1895, max: 2305 }), fc.integer({ min: 1969, max: 2107 })),
    two(13),
    two(32),
  )
  .map((parts) => parts.join('-'));

const zones = fc.constantFrom('', '', '', 'Z', ' UTC', '+01:00', '-0530', ' +14:00', '+15:00');
const fractions = fc.constantFrom('', '', '.5', '.123', '.123456', '.123456789', '.1234567891');

const times: Texts = fc
  .tuple(days, fc.constantFrom(' ', 'T', 't'), two(24), two(60), two(60), fractions, zones)
  .map(([day, between, hour, minute, second, fraction, zone]) =>
    JSON.stringify(`${day}${between}${hour}:${minute}:${second}${fraction}${zone}`),
  );

const dates: Texts = fc.oneof(
  { weight: 4, arbitrary: days.map((day) => JSON.stringify(day)) },
  fc.constantFrom('"2024-1-2"', '"20240102"', '"2024/01/02"', '"2024-02-30"', '"1970-01-01"', '"2149-06-06"'),
  fc.constantFrom('"2149-06-07"', '"1900-01-01"', '"2299-12-31"', '"2300-01-01"', '"2024-01-02 00:00:00"'),
);

const hex = fc.nat(0xffff).map((value) => value.toString(16));

const ids: Texts = fc.oneof(
  fc.uuid().map((id) => JSON.stringify(id)),
  fc.uuid().map((id) => JSON.stringify(id.toUpperCase())),
  fc.uuid().map((id) => JSON.stringify(id.replaceAll('-', ''))),
);

const addresses: Texts = fc.oneof(
  fc.ipV4().map((address) => JSON.stringify(address)),
  fc.ipV6().map((address) => JSON.stringify(address)),
  fc.tuple(hex, hex).map(([first, last]) => `"${first}::${last}"`),
  fc.constantFrom(
    '"::ffff:1.2.3.4"',
    '"1.2.3"',
    '"01.2.3.4"',
    '"256.1.1.1"',
    '"::"',
    '"1::2::3"',
    '"fe80::1%eth0"',
  ),
);

const words: Texts = fc.constantFrom('true', 'false', 'null');

const scalars: Texts = fc.oneof(numbers, texts, times, dates, ids, addresses, words);

const spaces = fc.constantFrom('', '', '', ' ', '\t', ' \r ');

const keys: Texts = fc.oneof(
  fc.constantFrom(
    '"a"',
    '"b"',
    '"c"',
    '"a.b"',
    '"n"',
    '"1"',
    '"2"',
    '"__proto__"',
    '""',
    '"constructor"',
    '"\\u0061"',
  ),
  fc.constantFrom('"2024-01-02"', '"-5"', '"256"', '"300"'),
  plainTexts.map((text) => JSON.stringify(text)),
);

function listOf(values: Texts): Texts {
  return fc
    .tuple(fc.array(values, { maxLength: 4 }), spaces)
    .map(([parts, space]) => `[${space}${parts.join(`${space},`)}${space}]`);
}

function objectOf(names: Texts, values: Texts): Texts {
  return fc
    .tuple(fc.array(fc.tuple(names, values), { maxLength: 4 }), spaces)
    .map(
      ([fields, space]) =>
        `{${space}${fields.map(([key, value]) => `${key}:${space}${value}`).join(`,${space}`)}}`,
    );
}

const documents: Texts = objectOf(
  keys,
  fc.oneof(
    { weight: 3, arbitrary: scalars },
    listOf(fc.oneof(scalars, objectOf(keys, scalars))),
    objectOf(keys, fc.oneof(scalars, objectOf(keys, scalars))),
  ),
);

/** Any value, of which a type takes few. */
const anything: Texts = fc.oneof(scalars, listOf(scalars), documents);

function oftenTyped(typed: Texts): Texts {
  return fc.oneof({ weight: 4, arbitrary: typed }, { weight: 1, arbitrary: anything });
}

/** Values for a column of the type, of which most are of its kind, and some near its limits. */
export function textsFor(type: string): Texts {
  const wrapped = /^(?:Nullable|LowCardinality|SimpleAggregateFunction\(\w+,)\s*\(?(.*)\)$/.exec(type)?.[1];
  if (wrapped !== undefined) return textsFor(wrapped);
  const element = /^Array\((.*)\)$/.exec(type)?.[1];
  if (element !== undefined) return oftenTyped(listOf(textsFor(element)));
  if (/^Map/.test(type)) return oftenTyped(objectOf(keys, fc.oneof(texts, wholeNumbers)));
  if (/^Tuple\(a/.test(type)) {
    return oftenTyped(fc.tuple(wholeNumbers, texts).map(([a, b]) => `{"a":${a},"b":${b}}`));
  }
  if (/^Tuple/.test(type)) return oftenTyped(fc.tuple(wholeNumbers, texts).map(([a, b]) => `[${a},${b}]`));
  if (/^JSON/.test(type)) return oftenTyped(documents);
  if (/^U?Int|^Float|^Decimal|^Bool/.test(type)) return oftenTyped(numbers);
  if (/^Date(32)?$/.test(type)) return oftenTyped(dates);
  if (/^DateTime/.test(type)) return oftenTyped(fc.oneof({ weight: 3, arbitrary: times }, wholeNumbers));
  if (/^UUID/.test(type)) return oftenTyped(ids);
  if (/^IPv/.test(type)) return oftenTyped(addresses);
  if (/^Enum/.test(type))
    return oftenTyped(fc.constantFrom('"a"', '"b"', '"é"', '"\\u0061"', '"c"', '1', '""'));
  return oftenTyped(fc.oneof(texts, anything));
}

/** Bodies' lines as a broken client may send them: bytes of a line are changed, left out or doubled. */
export function damaged(lines: Texts): fc.Arbitrary<Buffer> {
  const damage = fc.tuple(fc.nat(), fc.constantFrom('change', 'cut', 'double', 'add'), fc.nat(255));
  return fc.tuple(lines, fc.array(damage, { minLength: 1, maxLength: 3 })).map(([line, damages]) => {
    let bytes = Buffer.from(line);
    for (const [where, how, byte] of damages) {
      const at = where % Math.max(1, bytes.length);
      const before = bytes.subarray(0, at);
      const own = bytes.subarray(at, at + 1);
      const after = bytes.subarray(at + 1);
      if (how === 'change') bytes = Buffer.concat([before, Buffer.from([byte]), after]);
      else if (how === 'cut') bytes = Buffer.concat([before, after]);
      else if (how === 'double') bytes = Buffer.concat([before, own, own, after]);
      else bytes = Buffer.concat([before, Buffer.from([byte]), own, after]);
    }
    return bytes;
  });
}

/** Events with the keys, in any order and some of them twice, among keys that no column has. */
export function eventsOf(names: readonly string[], values: Texts): Texts {
  return objectOf(
    fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names.map((name) => `"${name}"`)) }, keys),
    values,
  );
}

/** Values of all kinds. */
export const anyText: Texts = fc.oneof(anything, documents);
