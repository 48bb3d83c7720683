import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileTemplate, TemplateError } from './index.js';

/** The examples of docs/templates.md: a template, parameters if it has any, and its result or error. */
const page = readFileSync(new URL('../../../docs/templates.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```(?:sql|json|text) (\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, kind = '', text = '']) => ({ kind, text }),
);
const EXAMPLES_MIN = 7;

interface Example {
  template: string;
  parameters: Record<string, unknown>;
  kind: string;
  expected: string;
}

function readExamples(): Example[] {
  const examples: Example[] = [];
  let template = '';
  let parameters: Record<string, unknown> = {};
  for (const { kind, text } of blocks) {
    if (kind === 'template') {
      template = text;
      parameters = {};
    } else if (kind === 'parameters') parameters = JSON.parse(text);
    else examples.push({ template, parameters, kind, expected: text });
  }
  return examples;
}

/** Lines that only held a tag are empty in the result; the page leaves them out. */
function withoutEmptyLines(sql: string): string {
  return sql.replace(/[ \t]+$/gm, '').replace(/\n{2,}/g, '\n');
}

function outcome({ template, parameters }: Example): { kind: string; text: string } {
  try {
    return { kind: 'result', text: withoutEmptyLines(compileTemplate(template).render({ parameters }).sql) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { kind: 'error', text: error.message };
  }
}

const examples = readExamples();

test.each(examples)('$template', (example) => {
  expect(outcome(example)).toEqual({ kind: example.kind, text: example.expected.trim() });
});

test('the page has its examples', () => {
  expect(examples.length).toBeGreaterThanOrEqual(EXAMPLES_MIN);
  expect(blocks.filter(({ kind }) => kind === 'template')).toHaveLength(examples.length);
});
