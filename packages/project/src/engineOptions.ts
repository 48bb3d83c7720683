import type { EngineDefinition } from '@goldcrest/datafiles';

/** The engine as the parameters of the API that makes tables; what the file leaves open is left out (DS-12, DS-13, MV-02). */
export function engineOptions(engine: EngineDefinition): Record<string, string> {
  const settings = engine.settings.map(({ name, value }) => `${name}=${value}`).join(', ');
  const options = {
    engine: engine.type,
    engine_sorting_key: engine.sortingKey,
    engine_partition_key: engine.partitionKey,
    engine_primary_key: engine.primaryKey,
    engine_sampling_key: engine.samplingKey,
    engine_ttl: engine.ttl,
    engine_ver: engine.ver,
    engine_is_deleted: engine.isDeleted,
    engine_sign: engine.sign,
    engine_version: engine.version,
    engine_settings: settings,
    engine_join_strictness: engine.joinStrictness,
    engine_join_type: engine.joinType,
    engine_key_columns: engine.keyColumns.join(', '),
  };
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) =>
      value === null || value === '' ? [] : [[name, value]],
    ),
  );
}
