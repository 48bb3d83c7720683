/** What can hold a name; 'datasource' and 'pipe' share one name space (DM-05). */
export type NameHolder = ResourceKind | 'workspace' | 'token' | 'node';

/** What shares the one name space of a Workspace (DM-05). */
export type ResourceKind = 'datasource' | 'pipe';

const holderWords: Record<NameHolder, string> = {
  datasource: 'Data Source',
  pipe: 'Pipe',
  workspace: 'Workspace',
  token: 'token',
  node: 'node of the same Pipe',
};

/** A name can't be used because something else has it (DM-05, DM-06, DM-08). Nothing was written. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';

  constructor(
    /** The name that was asked for. */
    readonly takenName: string,
    /** What has that name. */
    readonly takenBy: NameHolder,
  ) {
    super(`The name "${takenName}" is taken by a ${holderWords[takenBy]}. Choose another one.`);
  }
}

/** A write names a record that isn't there, or isn't in the state that the write needs. Nothing was written. */
export class RecordMissingError extends Error {
  override readonly name = 'RecordMissingError';

  constructor(
    /** What was looked for, in words, e.g. `Data Source in status creating`. */
    readonly what: string,
    readonly id: string,
  ) {
    super(`There is no ${what} with id ${id}. It may have been removed meanwhile; read it again.`);
  }
}

/** A write began from a state of a record that another write has changed meanwhile. Nothing was written. */
export class RecordChangedError extends Error {
  override readonly name = 'RecordChangedError';

  constructor(
    /** What was to be changed, in words, e.g. `Pipe`. */
    readonly what: string,
    readonly id: string,
  ) {
    super(`The ${what} with id ${id} was changed or removed meanwhile; read it again.`);
  }
}

/** A stored value is not what this program wrote there: the database was changed by hand or is damaged. */
export class MetadataCorruptError extends Error {
  override readonly name = 'MetadataCorruptError';

  constructor(
    /** Where the value is, e.g. `tokens.scopes of <id>`. */
    readonly place: string,
    reason: string,
  ) {
    super(`The metadata database holds a bad value in ${place}: ${reason}. Restore it from a backup.`);
  }
}

/** The database was opened by a newer program before, which changed its tables. */
export class MetadataTooNewError extends Error {
  override readonly name = 'MetadataTooNewError';

  constructor(
    /** The migrations of the database that this program doesn't have. */
    readonly unknownMigrations: readonly string[],
  ) {
    super(
      `The metadata database was written by a newer version of Goldcrest (unknown: ${unknownMigrations.join(', ')}); start that version or a later one.`,
    );
  }
}

/** The database can't be opened or brought up to date; `cause` has the driver's error. */
export class MetadataOpenError extends Error {
  override readonly name = 'MetadataOpenError';

  constructor(database: string, cause: unknown) {
    super(`The metadata database (${database}) can't be opened: ${reasonOf(cause)}`, { cause });
  }
}

/** A connection that failed on several addresses has only a code and no text. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.message !== '') return cause.message;
  return 'code' in cause ? String(cause.code) : cause.name;
}

/** The codes of SQLite and of PostgreSQL when there is no room on the disk. SQLite's shared memory is a file as well. */
const DISK_FULL: ReadonlySet<unknown> = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', '53100']);

/** Whether a write failed because the disk with the metadata is full. Nothing was written. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && DISK_FULL.has(error.code);
}
