import type { Problem } from '@goldcrest/datafiles';

/** A project that can't be used as it is; the message lists what is wrong, a line each with file, line and column. (DF-19) */
export class ProjectError extends Error {
  override readonly name = 'ProjectError';

  constructor(
    readonly problems: readonly Problem[],
    options?: ErrorOptions,
  ) {
    super(problems.map(lineOf).join('\n'), options);
  }
}

function lineOf({ file, line, column, message, hint }: Problem): string {
  return `${file}:${line}:${column}: ${message}${hint === undefined ? '' : ` ${hint}`}`;
}
