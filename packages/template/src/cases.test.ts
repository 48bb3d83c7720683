import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileTemplate, TemplateError, type TemplateParameter } from './index.js';

/**
 * Golden cases: cases/*.txt. A case begins with `=== title`, then the template, then sections of `--- name`:
 *   parameters  what the request sends, JSON            secrets   variables, JSON
 *   sql         the rendered SQL                        error     the error's text
 *   list        the parameters, a line each             reply     status and body of custom_error
 *   requests    what functions asked for, JSON          used      names of the parameters looked at
 */
interface Case {
  title: string;
  template: string;
  sections: Record<string, string>;
}

const CASES_MIN = 400;
const folder = new URL('../cases/', import.meta.url);
const NOW = new Date('2024-05-06T07:08:09Z');

function readCases(file: string): Case[] {
  return readFileSync(new URL(file, folder), 'utf8')
    .split(/^=== /m)
    .slice(1)
    .map((text) => {
      const [head = '', ...rest] = text.split(/^--- /m);
      const [title = '', ...template] = head.split('\n');
      const sections = rest.map((section) => {
        const [name = '', ...body] = section.split('\n');
        return [name, body.join('\n').trim()] as const;
      });
      return { title, template: template.join('\n').trim(), sections: Object.fromEntries(sections) };
    });
}

function listed(parameter: TemplateParameter): string {
  const { name, type, elementType, uses, required, typed, ...rest } = parameter;
  const shape = elementType === undefined ? type : `${type}(${elementType})`;
  const { private: isPrivate, ...facts } = rest;
  const words = [name, typed ? shape : 'untyped', isPrivate ? 'private' : '', required ? 'required' : ''];
  const documented = Object.keys(facts).length === 0 ? '' : JSON.stringify(facts);
  return [...words, `x${uses.length}`, documented].filter((word) => word !== '').join(' ');
}

/** Everything that the sections of a case may ask for. */
function outcome({ template, sections }: Case): Record<string, string> {
  const secrets: Record<string, string> = JSON.parse(sections['secrets'] ?? '{}');
  try {
    const compiled = compileTemplate(template);
    const list = compiled.parameters.map(listed).join('\n');
    if (Object.keys(sections).every((name) => name === 'list')) return { list };
    const parameters = JSON.parse(sections['parameters'] ?? '{}');
    const {
      sql,
      shape: _shape,
      usedParameters,
      ...requests
    } = compiled.render({
      parameters,
      secrets: (name) => secrets[name],
      now: NOW,
    });
    return { sql, list, requests: JSON.stringify(requests), used: usedParameters.join(' ') };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { error: error.message, reply: `${error.status} ${JSON.stringify(error.payload)}` };
  }
}

const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));
const cases = files.map((file) => ({ file, cases: readCases(file) }));

for (const { file, cases: ofFile } of cases) {
  describe(file, () => {
    test.each(ofFile)('$title', (one) => {
      const { parameters, secrets, ...expected } = one.sections;
      const actual = outcome(one);
      expect(Object.keys(expected)).not.toEqual([]);
      expect(Object.fromEntries(Object.keys(expected).map((name) => [name, actual[name]]))).toEqual(expected);
    });
  });
}

test('there are enough cases, and no two are the same', () => {
  const all = cases.flatMap((file) => file.cases);
  const texts = all.map(({ template, sections }) => JSON.stringify([template, sections]));
  expect(all.length).toBeGreaterThanOrEqual(CASES_MIN);
  expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
});

test('every inventory item of the language has a case', () => {
  const titles = cases.flatMap((file) => file.cases.map(({ title }) => title)).join('\n');
  const wanted = [
    ...Array.from({ length: 27 }, (_, index) => `TPL-${String(index + 1).padStart(2, '0')}`),
    ...Array.from({ length: 49 }, (_, index) => `TPF-${String(index + 1).padStart(2, '0')}`),
    ...Array.from({ length: 13 }, (_, index) => `TPX-${String(index + 1).padStart(2, '0')}`),
    ...Array.from({ length: 9 }, (_, index) => `TPF-N${index + 1}`),
  ];
  expect(wanted.filter((id) => !titles.includes(`[${id}]`))).toEqual([]);
});
