import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { MetadataOpenError, MetadataTooNewError } from './errors.js';
import { migrations } from './migrations/index.js';
import { type MetadataOptions, openMetadata } from './open.js';
import { testDatabases } from './testing/databases.js';
import { aChange, aDataSource, aPipe, aToken, aWorkspace } from './testing/records.js';

describe.each(testDatabases)('opening the metadata in $kind', (databases) => {
  const skipped = databases.missing !== undefined;

  describe.skipIf(skipped)(skipped ? `skipped: ${databases.missing}` : 'an empty database', () => {
    beforeAll(databases.start);
    afterAll(databases.stop);

    test('[GN-22] records each migration once, with its time', async () => {
      const options = await databases.empty();
      for (const day of ['2026-01-02', '2026-01-03']) {
        const metadata = await openMetadata(options, () => new Date(`${day}T03:04:05.678Z`));
        await metadata.ping();
        expect(await metadata.db.selectFrom('migrations').selectAll().execute()).toEqual(
          migrations.map(({ name }) => ({ name, applied_at: '2026-01-02 03:04:05.678000' })),
        );
        await metadata.close();
      }
    });

    test('makes the tables of the checked-in dump; UPDATE_DUMP=1 writes it anew', async () => {
      const metadata = await openMetadata(await databases.empty());
      const dump = await databases.dumpSchema(metadata.db);
      await metadata.close();
      expectDump(dump, join(import.meta.dirname, databases.dumpFile));
    });

    test('keeps everything when it is closed and opened again', async () => {
      const options = await databases.empty();
      const workspace = aWorkspace();
      const token = aToken(workspace.id);
      const datasource = aDataSource(workspace.id);
      const pipe = aPipe(workspace.id);
      const before = await openMetadata(options);
      await before.workspaces.create(workspace);
      await before.tokens.create(token);
      await before.datasources.reserve(datasource);
      await before.pipes.create(pipe, aChange());
      await before.close();

      const after = await openMetadata(options);
      expect(await after.workspaces.list()).toEqual([workspace]);
      expect(await after.tokens.listByWorkspace(workspace.id)).toEqual([token]);
      expect(await after.datasources.unfinished()).toEqual([datasource]);
      expect(await after.pipes.listByWorkspace(workspace.id)).toEqual([pipe]);
      expect(await after.workspaces.revision(workspace.id)).toBe(3);
      await after.close();
    });

    test('refuses a database that a newer program has changed', async () => {
      const options = await databases.empty();
      const metadata = await openMetadata(options);
      await metadata.db.insertInto('migrations').values({ name: '9999_future', applied_at: '' }).execute();
      await metadata.close();
      await expect(openMetadata(options)).rejects.toEqual(new MetadataTooNewError(['9999_future']));
    });

    test('says what is wrong when a migration fails, and does not count it as done', async () => {
      const options = await databases.empty();
      const metadata = await openMetadata(options);
      await sql`delete from migrations`.execute(metadata.db);
      await metadata.close();
      await expect(openMetadata(options)).rejects.toThrow(
        /^The metadata database .* can't be opened: .*already exists/,
      );
      await expect(openMetadata(options)).rejects.toBeInstanceOf(MetadataOpenError);
    });
  });
});

const postgres = testDatabases.find(({ kind }) => kind === 'postgres');
const reason = postgres === undefined ? 'no such database' : postgres.missing;

describe.skipIf(reason !== undefined)(
  `several nodes and one PostgreSQL${reason ? ` (skipped: ${reason})` : ''}`,
  () => {
    beforeAll(async () => postgres?.start());
    afterAll(async () => postgres?.stop());

    test('ten that open an empty database at once migrate it once', async () => {
      const options = await postgres?.empty();
      if (options === undefined) throw new Error('PostgreSQL is not running.');
      const all = await Promise.all(Array.from({ length: 10 }, () => openMetadata(options)));
      const names = await all[0]?.db.selectFrom('migrations').select('name').execute();
      expect(names).toEqual(migrations.map(({ name }) => ({ name })));
      await Promise.all(all.map((metadata) => metadata.close()));
    });

    test('idle connections that break are replaced', async () => {
      const options = await postgres?.empty();
      if (options === undefined) throw new Error('PostgreSQL is not running.');
      const [metadata, other] = [await openMetadata(options), await openMetadata(options)];
      const endOthers = sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
      await endOthers.execute(other.db);
      await vi.waitFor(() => metadata.ping());
      await metadata.close();
      await other.close();
    });
  },
);

test('SQLite survives a power cut, lets readers read during a write, and checks references', async () => {
  const sqlite = testDatabases.find(({ kind }) => kind === 'sqlite');
  await sqlite?.start();
  const options = await sqlite?.empty();
  if (options === undefined) throw new Error('There is no SQLite.');
  const { db, close } = await openMetadata(options);
  const { rows } =
    await sql`select * from pragma_journal_mode, pragma_synchronous, pragma_foreign_keys`.execute(db);
  expect(rows).toEqual([{ journal_mode: 'wal', synchronous: 2, foreign_keys: 1 }]);
  await close();
  await sqlite?.stop();
});

const unreachable: { title: string; options: MetadataOptions; message: RegExp }[] = [
  {
    title: 'a directory that does not exist',
    options: { kind: 'sqlite', path: '/nowhere/at/all/metadata.db' },
    message: /^The metadata database \(SQLite, \/nowhere\/at\/all\/metadata\.db\) can't be opened: ./,
  },
  {
    title: 'a server that does not answer',
    options: { kind: 'postgres', connectionString: 'postgres://me:secret@127.0.0.1:1/db' },
    message: /^The metadata database \(PostgreSQL\) can't be opened: connect ECONNREFUSED 127\.0\.0\.1:1$/,
  },
  {
    title: 'a server with several addresses that does not answer',
    options: { kind: 'postgres', connectionString: 'postgres://me:secret@localhost:1/db' },
    message: /^The metadata database \(PostgreSQL\) can't be opened: .*ECONNREFUSED/,
  },
  {
    title: 'a connection string that is none',
    options: { kind: 'postgres', connectionString: 'postgres://me:secret@[/db' },
    message: /^The metadata database \(PostgreSQL\) can't be opened: Invalid URL$/,
  },
];

describe('a database that can not be opened', () => {
  test.each(unreachable)(
    'is named in the error, without the password: $title',
    async ({ options, message }) => {
      const error = await openMetadata(options).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(MetadataOpenError);
      expect(String(error instanceof Error && error.message)).toMatch(message);
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret');
    },
  );
});

/** Compares with the file, or writes it: `toMatchFileSnapshot` would also accept a missing file. */
function expectDump(dump: string, file: string): void {
  if (process.env['UPDATE_DUMP'] === '1') writeFileSync(file, dump);
  expect(dump).toBe(readFileSync(file, 'utf8'));
}
