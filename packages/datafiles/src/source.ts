/** The text of a file, cut into lines without their line ends. */
export interface Source {
  file: string;
  lines: readonly string[];
}

/** Takes text as a caller has it, with any line ends and with or without a byte-order mark. (wild §5) */
export function sourceOf(file: string, text: string): Source {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const lines = text.slice(start).split('\n');
  return { file, lines: lines.map(withoutCarriageReturns) };
}

function withoutCarriageReturns(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end -= 1;
  return end === line.length ? line : line.slice(0, end);
}

/** The first word of a line that could be an instruction, and what stands behind it. */
export interface Head {
  word: string;
  /** Index of the word in the line, from 0. */
  start: number;
  /** Trimmed text behind the word. */
  rest: string;
  /** Index of `rest` in the line. */
  restStart: number;
}

const WORD = /[ \t]*([A-Za-z_]\w*)(?=[\s>]|$)[ \t]*/y;

/** Reads a line's first word, or nothing when the line does not begin with a word of its own. (DF-02) */
export function readHead(line: string): Head | undefined {
  WORD.lastIndex = 0;
  const word = WORD.exec(line)?.[1];
  if (word === undefined) return undefined;
  const restStart = WORD.lastIndex;
  return { word, start: line.indexOf(word), rest: line.slice(restStart).trim(), restStart };
}

/** The name of the resource that a file defines: its own name without directories and extension. (DF-15) */
export function resourceName(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return base.replace(/(?:\.datasource)?\.incl$|\.(?:datasource|pipe|connection)$/, '');
}

/** The path of an included file, seen from where the including file is seen. (DF-10) */
export function resolvePath(from: string, path: string): string {
  const absolute = path.startsWith('/');
  const parts = absolute ? [] : from.split('/').slice(0, -1);
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return (absolute ? '/' : '') + parts.join('/');
}
