/** One case of `cases/*.txt`. */
export interface GoldenCase {
  title: string;
  /** Path of the file that is read; its extension says how. */
  file: string;
  input: string;
  /** Files that can be included, by path; undefined when the case resolves no includes. */
  includes: Map<string, string> | undefined;
  environment: Map<string, string> | undefined;
  /** Parts of what is expected; those that are absent are not compared. */
  definition: string | undefined;
  problems: string | undefined;
  printed: string | undefined;
}

/**
 * Reads a file of cases:
 *
 *     === [DF-03] title (path/of/the.pipe)
 *     the file
 *     --- include path/of/an.incl      any number of times; `--- no includes` for none that exist
 *     --- environment                  NAME=value per line
 *     --- definition                   JSON, compact
 *     --- problems                     line:column message | hint
 *     --- printed
 */
export function readCases(text: string): GoldenCase[] {
  return text
    .split(/^=== /m)
    .slice(1)
    .map((part) => {
      const [head = '', ...lines] = part.split('\n');
      const [, title = head, file = ''] = /^(.*) \(([^()]*)\)$/.exec(head) ?? [];
      return { title, file, ...readSections(lines.join('\n')) };
    });
}

function readSections(text: string): Omit<GoldenCase, 'title' | 'file'> {
  const [input = '', ...rest] = text.split(/^--- /m);
  const sections = new Map(
    rest.map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end + 1).trimEnd()] as const;
    }),
  );
  const includes = [...sections].filter(([name]) => name.startsWith('include '));
  const resolves = includes.length > 0 || sections.has('no includes');
  return {
    input: input.trimEnd(),
    includes: resolves ? new Map(includes.map(([name, body]) => [name.slice(8), body])) : undefined,
    environment: readEnvironment(sections.get('environment')),
    definition: sections.get('definition'),
    problems: sections.get('problems'),
    printed: sections.get('printed'),
  };
}

function readEnvironment(text: string | undefined): Map<string, string> | undefined {
  if (text === undefined) return undefined;
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );
}
