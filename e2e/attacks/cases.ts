import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('.', import.meta.url);

/** One line of a case file. */
export interface Case {
  /** The group's title, which begins with inventory ids, and the line itself. */
  title: string;
  /** How the text is sent: `sql`, `reader`, `q`, `save`, or `parameter <kind>`. */
  how: string;
  text: string;
  /** Statuses besides 400, 403 and 404 with which an attack may be answered. */
  may: readonly number[];
  /** Of a legitimate twin: the rows, one a line, values separated by commas. Null for an attack. */
  expected: string | null;
}

/**
 * Reads all case files. `how:` says how the lines below it are sent, `#` gives them a title, `!` begins an attack, `+` a twin
 * with its rows behind ` => `; `may:` allows further statuses.
 */
export function readCases(): Case[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.txt'));
  return files.sort().flatMap((file) => readFile(readFileSync(new URL(file, FOLDER), 'utf8')));
}

function readFile(text: string): Case[] {
  const cases: Case[] = [];
  let [how, group, may]: [string, string, number[]] = ['', '', []];
  for (const line of text.split('\n')) {
    if (line.startsWith('how: ')) [how, may] = [line.slice(5), []];
    else if (line.startsWith('may: ')) may = line.slice(5).split(' ').map(Number);
    else if (line.startsWith('# ')) group = line.slice(2);
    else if (line.startsWith('! '))
      cases.push({ title: titleOf(group, line), how, text: line.slice(2), may, expected: null });
    else if (line.startsWith('+ ')) cases.push(readTwin(titleOf(group, line), how, line.slice(2)));
    else if (line !== '') throw new Error(`What is this line of a case file? ${line}`);
  }
  return cases;
}

/** The title of a test takes `%` for a place. */
function titleOf(group: string, line: string): string {
  return `${group}: ${line}`.replaceAll('%', '%%');
}

function readTwin(title: string, how: string, line: string): Case {
  const [, text = '', expected = ''] = /^(.*?) =>(?: (.*))?$/s.exec(line) ?? [];
  return { title, how, text, may: [], expected };
}
