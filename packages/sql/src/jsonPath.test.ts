import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonPathError } from './errors.js';
import { formatJsonPath, type JsonPathStep, parseJsonPath } from './jsonPath.js';

const key = (name: string): JsonPathStep => ({ kind: 'key', key: name });
const each: JsonPathStep = { kind: 'each' };

describe('parseJsonPath', () => {
  test.each<[string, string, JsonPathStep[]]>([
    ['JP-04', '$', []],
    ['JP-01', '$.a', [key('a')]],
    ['JP-01', '$.a.b.c.d.e', ['a', 'b', 'c', 'd', 'e'].map(key)],
    ['JP-02', '$.arr[:]', [key('arr'), each]],
    ['JP-02', '$.a.b[:]', [key('a'), key('b'), each]],
    ['JP-03', '$.records[:].data', [key('records'), each, key('data')]],
    ['JP-06', '$.event-data.event', [key('event-data'), key('event')]],
    ['JP-06', '$.Org#Org_name', [key('Org#Org_name')]],
    ['JP-06', '$.first name', [key('first name')]],
    ['JP-06', '$.$ref.é`', [key('$ref'), key('é`')]],
  ])('[%s] %s', (_, text, steps) => {
    expect(parseJsonPath(text)).toEqual({ steps });
    expect(formatJsonPath({ steps })).toBe(text);
  });

  test.each<[string, string, number]>([
    ['', "A JSONPath begins with '$', as in $.key.", 0],
    ['id', "A JSONPath begins with '$', as in $.id.", 0],
    ['$a', "Expected '.key' or [:] after $.", 1],
    ['$.', "A key is missing after the '.'.", 2],
    ['$..a', "A key is missing after the '.'.", 2],
    ['$.a[0]', 'Only [:] is allowed in brackets, for every element.', 3],
    ['$.a[*]', 'Only [:] is allowed in brackets, for every element.', 3],
    ['$.a.[:]', "A key is missing after the '.'.", 4],
    ['$.a[:].b[:]', "Only one [:] is allowed: arrays inside arrays can't be mapped.", 8],
    ['$.a]', "Expected '.key' or [:] after $.a.", 3],
    ['$.a\nb', 'A JSONPath may not hold control characters.', 0],
  ])('[JP-02] refuses %j', (text, message, position) => {
    expect(() => parseJsonPath(text)).toThrow(new JsonPathError(message, position));
  });

  test('parse after format gives the same steps', () => {
    const anyKey = fc.stringMatching(/^[^.[\]\p{Cc}\u2028\u2029]+$/u).map(key);
    const steps = fc
      .tuple(fc.array(anyKey), fc.constantFrom([], [each]), fc.array(anyKey))
      .map((parts) => parts.flat());
    fc.assert(
      fc.property(steps, (made) => {
        expect(parseJsonPath(formatJsonPath({ steps: made }))).toEqual({ steps: made });
      }),
    );
  });
});
