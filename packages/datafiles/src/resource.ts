import { checkResourceName } from '@goldcrest/sql';
import { EXTENSIONS, type FileKind } from './catalogue/index.js';
import type { Fields, Positions } from './fields.js';
import { formatInclude, type Include, readInclude, StatementCollector } from './includes.js';
import type { ParseOptions } from './options.js';
import type { Printer } from './printer.js';
import { type Position, Problems } from './problem.js';
import { resourceName } from './source.js';
import type { Statement } from './statement.js';
import { formatTokenGrant, readTokenGrant, type TokenGrant } from './tokenGrant.js';

/** What every resource's file may say. (DF-06, DF-15, DF-16, DF-17) */
export interface ResourceDefinition {
  /** The file's name without its extension. */
  name: string;
  description: string | null;
  positions: Positions;
}

/** What Data Sources and Pipes have besides. (DF-16, DF-17) */
export interface SharedDefinition extends ResourceDefinition {
  /** Version in older projects. */
  version: number | null;
  tags: readonly string[];
  tokens: readonly TokenGrant[];
}

/** A file on its way to a definition: its statements with includes resolved, and the problems so far. */
export interface ReadFile {
  name: string;
  statements: readonly Statement[];
  problems: Problems;
  /** The file's first character. */
  start: Position;
}

/** Reads a file into statements. The name that its path gives is checked when it names a resource. (DF-15, DM-01) */
export function readFile(text: string, file: string, kind: FileKind, options: ParseOptions): ReadFile {
  const problems = new Problems();
  const start = { file, line: 1, column: 1 };
  const name = resourceName(file);
  const wrongName = kind === 'include' ? undefined : checkResourceName(name);
  if (wrongName !== undefined) {
    const hint = `The file's name without ${EXTENSIONS[kind]} is the name of what it defines.`;
    problems.add(start, wrongName, hint);
  }
  const collector = new StatementCollector(kind, options, problems);
  collector.read(text, [file]);
  return { name, statements: collector.statements, problems, start };
}

/** Reads what Data Sources and Pipes share. */
export function readShared(fields: Fields, { name, statements, problems }: ReadFile): SharedDefinition {
  return {
    name,
    description: fields.text('DESCRIPTION'),
    version: fields.number('VERSION'),
    tags: fields.list('TAGS'),
    tokens: statements.flatMap((statement) => {
      const token = statement.name === 'TOKEN' ? readTokenGrant(statement, problems) : undefined;
      return token === undefined ? [] : [token];
    }),
    positions: fields.positions(),
  };
}

/** Prints what `readShared` reads. */
export function printShared(printer: Printer, shared: SharedDefinition): void {
  printer.value('VERSION', shared.version);
  for (const token of shared.tokens) printer.line('TOKEN', formatTokenGrant(token));
  printer.list('TAGS', shared.tags).part().block('DESCRIPTION', shared.description).part();
}

/** The INCLUDE lines that no function resolved. */
export function readIncludes({ statements, problems }: ReadFile): Include[] {
  return statements.flatMap((statement) => {
    const include = statement.name === 'INCLUDE' ? readInclude(statement, problems) : undefined;
    return include === undefined ? [] : [include];
  });
}

/** Prints an INCLUDE line. */
export function printInclude(printer: Printer, include: Include): void {
  printer.part().line('INCLUDE', formatInclude(include)).part();
}
