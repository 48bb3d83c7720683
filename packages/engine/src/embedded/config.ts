import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Index marks kept in memory: enough for hot tables, far below the engine's 5 GiB. */
const MARK_CACHE_BYTES = 256 * 1024 * 1024;
/** Marks of secondary indexes, 5 GiB by default. */
const INDEX_MARK_CACHE_BYTES = 32 * 1024 * 1024;
/** Threads for merges and mutations: they share the machine with queries. */
const MERGE_THREADS = 4;
/** Threads for the engine's other chores. */
const CHORE_THREADS = 2;

/** What of the engine's own configuration can be chosen. */
export interface EmbeddedConfig {
  /** MergeTree inserts reach the disk before they are answered (about 2 ms each). */
  readonly fsyncInserts: boolean;
}

/**
 * Writes the engine's configuration file.
 * @param directory created when missing
 * @returns absolute path of the file
 */
export async function writeConfig(directory: string, config: EmbeddedConfig): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'config.xml');
  const draft = join(directory, `config.${process.pid}.xml`);
  await writeFile(draft, configText(config));
  // Another process may be reading the file: it must see the old or the new, nothing between.
  await rename(draft, path);
  return path;
}

function configText(config: EmbeddedConfig): string {
  return `<clickhouse>
  <logger><level>none</level></logger>
  <mark_cache_size>${MARK_CACHE_BYTES}</mark_cache_size>
  <index_mark_cache_size>${INDEX_MARK_CACHE_BYTES}</index_mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <background_pool_size>${MERGE_THREADS}</background_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_common_pool_size>${CHORE_THREADS}</background_common_pool_size>
  <background_schedule_pool_size>${CHORE_THREADS}</background_schedule_pool_size>
  <merge_tree>
    <fsync_after_insert>${config.fsyncInserts ? 1 : 0}</fsync_after_insert>
  </merge_tree>
</clickhouse>
`;
}
