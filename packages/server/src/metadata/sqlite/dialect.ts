import { type DatabaseConnection, type Dialect, type Driver, SqliteDialect, SqliteDriver } from 'kysely';
import Database from 'libsql';

/** Where the metadata is when Goldcrest runs as one process. */
export interface SqliteOptions {
  kind: 'sqlite';
  /** The database file. Its directory must exist; the file is made when it doesn't. */
  path: string;
}

/**
 * How long a statement waits for another process that is writing. The wait blocks the event loop, but there is another
 * process only for a moment: when a server is replaced, or someone looks into the file.
 */
const BUSY_TIMEOUT_MS = 5_000;

/** Kysely's dialect for the file. The file is opened with the first query; that query fails when it can't be. */
export function createDialect(options: SqliteOptions): Dialect {
  return new FileDialect(options.path);
}

class FileDialect extends SqliteDialect {
  constructor(private readonly path: string) {
    super({ database: () => Promise.reject(new Error('The driver opens the file.')) });
  }

  override createDriver(): Driver {
    return new FileDriver(this.path);
  }
}

/** When a write fails for want of space SQLite itself takes the transaction back, and there is none any more that could be. */
class FileDriver extends SqliteDriver {
  private readonly file: { opened: InstanceType<typeof Database> | null };

  constructor(path: string) {
    const file: FileDriver['file'] = { opened: null };
    super({
      database: async () => {
        file.opened = openFile(path);
        return file.opened;
      },
    });
    this.file = file;
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.file.opened?.inTransaction !== false) await super.rollbackTransaction(connection);
  }
}

/** WAL lets readers go on during a write; FULL makes a committed write survive a power cut. */
function openFile(path: string): InstanceType<typeof Database> {
  const database = new Database(path);
  try {
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
