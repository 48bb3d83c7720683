import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { GoldcrestClient } from '@goldcrest/client';
import { parse } from 'yaml';

/** One test of an endpoint: what is asked, and the whole answer (wild §8). */
export interface TestCase {
  /** The endpoint: the file's name. */
  pipe: string;
  name: string;
  /** As in a URL, without the question mark. */
  parameters: string;
  /** Rows as NDJSON; for an error its text. */
  expected: string;
  status: number;
}

/** What an endpoint answered, in the form of `expected`. */
export interface TestAnswer {
  status: number;
  text: string;
}

/**
 * Reads `tests/<endpoint>.yaml`: a list of cases with `name`, `parameters`, `expected_result` and, for errors,
 * `expected_http_status`. (wild §8)
 *
 * @throws Error when a file is not such a list; the message names the file and the case
 */
export async function readTests(directory: string): Promise<TestCase[]> {
  const folder = join(directory, 'tests');
  const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  const cases = await Promise.all(
    names.map(async (name) => parseTests(await readFile(join(folder, name), 'utf8'), name)),
  );
  return cases.flat();
}

/** Reads the text of one such file. @param file its name, which gives the endpoint's @throws Error as `readTests` */
export function parseTests(text: string, file: string): TestCase[] {
  const document = readYaml(text, file);
  if (!Array.isArray(document)) throw new Error(`${file} is not a list of tests.`);
  const pipe = basename(file).replace(/\.ya?ml$/, '');
  return document.map((value: unknown, index) => {
    const entry: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
    const {
      name,
      parameters = '',
      expected_result: expected = '',
      expected_http_status: status = 200,
    } = entry;
    if (typeof name !== 'string' || typeof parameters !== 'string' || typeof expected !== 'string')
      throw new Error(`${file}: test ${index + 1} needs name, parameters and expected_result as texts.`);
    if (typeof status !== 'number') throw new Error(`${file}: the status of ${name} is not a number.`);
    return { pipe, name, parameters, expected: expected.trim(), status };
  });
}

function readYaml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** Calls the endpoint as the test says. Names and order of columns, also doubled ones, are in the text, as the engine wrote it. */
export async function askEndpoint(
  client: GoldcrestClient,
  { pipe, parameters, status }: TestCase,
): Promise<TestAnswer> {
  const file = `${encodeURIComponent(pipe)}.${status === 200 ? 'ndjson' : 'json'}`;
  const response = await client.fetch({ method: 'GET', path: `/v0/pipes/${file}?${parameters}` });
  const text = (await response.text()).trim();
  return { status: response.status, text: response.ok ? text : errorOf(text) };
}

function errorOf(body: string): string {
  const document: unknown = JSON.parse(body);
  if (typeof document === 'object' && document !== null && 'error' in document) return String(document.error);
  return body;
}
