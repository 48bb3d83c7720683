import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import Database from 'libsql';

/** The layout of the data directory that this program writes. It grows when an older program could not read it any more. */
const FORMAT = 1;

/** How much randomness a generated key holds. */
const KEY_BYTES = 48;

/** The data directory can't be used; the message says why and what to do. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
}

/** Where things are in the data directory. */
export interface DataDirectory {
  path: string;
  engine: string;
  metadata: string;
  ingestion: string;
  /** Rows on their way into the Service Data Sources. */
  serviceLog: string;
  /** Results of a database that is not embedded, on their way to readers. */
  spool: string;
  /** The key that signs tokens. */
  key: string;
  /** Lets another process have the directory. */
  release(): void;
}

/**
 * Makes the directory if it is missing, for its owner only, and checks that this program can read it.
 * @param givenKey a key from the configuration, used in place of a generated one; empty for none
 * @throws DataDirectoryError
 */
export async function openDataDirectory(given: string, givenKey: string): Promise<DataDirectory> {
  const path = resolve(given);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o700);
    const release = lock(path);
    await checkFormat(path);
    const key = givenKey === '' ? await readOrMakeKey(path) : checkKey(givenKey);
    return {
      path,
      engine: join(path, 'engine'),
      metadata: join(path, 'metadata.sqlite'),
      ingestion: join(path, 'ingestion'),
      serviceLog: join(path, 'service-log'),
      spool: join(path, 'spool'),
      key,
      release,
    };
  } catch (error) {
    if (error instanceof DataDirectoryError) throw error;
    throw new DataDirectoryError(`The data directory ${path} can not be used: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

/**
 * Takes the directory for this process. The lock is one of the operating system on a file, by way of SQLite: it goes with the
 * process however that ends. The engine has a lock of its own, but prints to the terminal when it finds it taken.
 */
function lock(path: string): () => void {
  const database = new Database(join(path, 'lock'));
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'SQLITE_BUSY')) throw cause;
    const message =
      'The data directory is in use by another process. Stop that one, or start this one with another --data directory.';
    throw new DataDirectoryError(message, { cause });
  }
  return () => database.close();
}

async function checkFormat(path: string): Promise<void> {
  const file = join(path, 'format');
  const text = (await readIfThere(file))?.trim();
  if (text === undefined) return writeWhole(file, `${FORMAT}\n`);
  if (!/^\d+$/.test(text))
    throw new DataDirectoryError(`The file ${file} is damaged: it should hold a number.`);
  if (Number(text) > FORMAT) {
    const message = `The data directory ${path} was written by a newer version of Goldcrest (format ${text}, this one reads ${FORMAT}). Start that version, or another --data directory.`;
    throw new DataDirectoryError(message);
  }
}

async function readOrMakeKey(path: string): Promise<string> {
  const file = join(path, 'secret.key');
  const known = (await readIfThere(file))?.trim();
  if (known !== undefined) return checkKey(known);
  const key = randomBytes(KEY_BYTES).toString('base64url');
  await writeWhole(file, `${key}\n`);
  return key;
}

/** Writes a file that is there with all of its text or not at all, whenever the process ends. */
async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.new`;
  await writeFile(draft, text, { mode: 0o600, flush: true });
  await rename(draft, file);
}

function checkKey(key: string): string {
  if (key.length >= 32) return key;
  throw new DataDirectoryError(
    'The secret key is shorter than 32 characters. Give a longer one, of random characters.',
  );
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
