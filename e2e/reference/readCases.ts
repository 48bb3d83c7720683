import { readFileSync } from 'node:fs';

/** A sample of the documentation, and what it answers. */
export interface ReferenceCase {
  title: string;
  /** SQL for the Query API; or, when it begins with an instruction, the datafile of a Pipe. */
  sample: string;
  /** Included files by their paths. */
  files: ReadonlyMap<string, string>;
  questions: readonly Question[];
}

/** One request with a sample. */
export interface Question {
  /** As in a URL. */
  parameters: string;
  expected: Expected;
}

/** What is expected of a request. */
export type Expected =
  | { kind: 'result'; columns: string[]; rows: unknown[][] | 'any' }
  | { kind: 'error'; status: number; text: string }
  /** A Service Data Source that does not exist yet; the sample has to say so. */
  | { kind: 'missing'; table: string };

interface Section {
  name: string;
  /** What stands behind the name on its line. */
  value: string;
  body: string;
}

/**
 * Reads a file of cases. A case begins with `=== title`, then the sample, then sections of `--- name`:
 *
 *     file PATH        text of an included file
 *     ask PARAMETERS   a request; the sections below, up to the next one, are what it answers
 *     columns          name and type of each column
 *     rows             a JSON array each; `any` when they differ each time
 *     error            status and text
 *     missing TABLE    a Service Data Source that does not exist yet
 *
 * Without `ask` there is one request without parameters.
 */
export function readCases(file: URL): ReferenceCase[] {
  return readFileSync(file, 'utf8').split(/^=== /m).slice(1).map(readCase);
}

function readCase(text: string): ReferenceCase {
  const [head = '', ...rest] = text.split(/^--- /m);
  const [title, sample] = splitFirstLine(head);
  const sections = rest.map(readSection);
  const files = sections
    .filter(({ name }) => name === 'file')
    .map(({ value, body }) => [value, body] as const);
  return { title, sample, files: new Map(files), questions: readQuestions(sections) };
}

function readSection(text: string): Section {
  const [line, body] = splitFirstLine(text);
  const [name = '', value = ''] = line.split(/ (.*)/s);
  return { name, value, body };
}

function splitFirstLine(text: string): [string, string] {
  const [first = '', ...lines] = text.split('\n');
  return [first.trim(), lines.join('\n').trim()];
}

function readQuestions(sections: readonly Section[]): Question[] {
  const groups: { parameters: string; answer: Section[] }[] = [];
  for (const section of sections.filter(({ name }) => name !== 'file')) {
    if (section.name === 'ask') groups.push({ parameters: section.value, answer: [] });
    else {
      if (groups.length === 0) groups.push({ parameters: '', answer: [] });
      groups.at(-1)?.answer.push(section);
    }
  }
  if (groups.length === 0) groups.push({ parameters: '', answer: [] });
  return groups.map(({ parameters, answer }) => ({ parameters, expected: readExpected(answer) }));
}

function readExpected(answer: readonly Section[]): Expected {
  const bodyOf = (name: string) => answer.find((section) => section.name === name)?.body;
  const missing = answer.find(({ name }) => name === 'missing');
  if (missing !== undefined) return { kind: 'missing', table: missing.value };
  const error = bodyOf('error');
  if (error !== undefined) return { kind: 'error', status: Number(error.slice(0, 3)), text: error.slice(4) };
  const rows = bodyOf('rows') ?? '';
  return {
    kind: 'result',
    columns: linesOf(bodyOf('columns') ?? ''),
    rows: rows === 'any' ? rows : linesOf(rows).map((line): unknown[] => JSON.parse(line)),
  };
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
