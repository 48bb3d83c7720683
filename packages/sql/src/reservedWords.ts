/**
 * Words that may not name a Data Source, Pipe, node or Workspace, as documented: type names, SQL words, and words of the
 * platform and its template language. Case is ignored when a name is checked. (DM-01, DM-02, DM-03, DM-04)
 */
export const RESERVED_WORDS: readonly string[] = `
  Array Boolean Date Date32 DateTime DateTime32 DateTime64 Decimal Decimal128 Decimal256 Decimal32
  Decimal64 Enum Enum16 Enum8 FixedString Float32 Float64 IPv4 IPv6 Int128 Int16 Int256 Int32 Int64
  Int8 MultiPolygon Point Polygon Ring String TABLE UInt128 UInt16 UInt256 UInt32 UInt64 UInt8 UUID
  _temporary_and_external_tables add after all and anti any array as asc asof between by case collate
  column columns cross cube custom_error day_diff default defined desc distinct else end
  enumerate_with_last error exists from full functions generateRandom global group having if ilike in
  inner insert interval into join left like limit limits max min not null numbers_mt on one or order
  outer prewhere public right sample select semi split_to_array sql_and sql_unescape system table
  then tinybird to union using where with zeros_mt
`
  .trim()
  .split(/\s+/);
