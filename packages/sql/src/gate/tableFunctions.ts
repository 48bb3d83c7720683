import { refusedNames, splitNames } from './functions.js';
import { nearestName } from './nearest.js';
import type { RefusedGroup } from './refusedFunctions.js';

/**
 * Table functions that make rows from their arguments alone, or, as `view`, from a query that the tree shows (PS-08).
 * `SQLStandardValues` is what the parser makes of `(VALUES …)`.
 */
const ALLOWED_TABLE_FUNCTIONS = splitNames(`
  generate_series generateRandom generateSeries null numbers numbers_mt primes SQLStandardValues values view`);

const REFUSED_TABLE_FUNCTIONS: readonly RefusedGroup[] = [
  {
    reason: 'reads from outside of this server; load the data into a Data Source first',
    names: `
      azureBlobStorage azureBlobStorageCluster cosn deltaLake deltaLakeAzure deltaLakeAzureCluster
      deltaLakeCluster deltaLakeS3 deltaLakeS3Cluster gcs hdfs hdfsCluster hudi hudiCluster iceberg icebergAzure
      icebergAzureCluster icebergCluster icebergHDFS icebergHDFSCluster icebergS3 icebergS3Cluster jdbc mongodb
      mysql odbc oss paimon paimonAzure paimonAzureCluster paimonCluster paimonHDFS paimonHDFSCluster paimonS3
      paimonS3Cluster postgresql redis s3 s3Cluster url urlCluster ytsaurus`,
  },
  {
    reason: 'reads files of the server',
    names: 'deltaLakeLocal file fileCluster filesystem icebergLocal icebergLocalCluster paimonLocal sqlite',
  },
  {
    reason: 'connects to other servers',
    names: 'arrowstream cluster clusterAllReplicas remote remoteSecure',
  },
  {
    reason: 'reaches tables in a way that cannot be checked; name the table in FROM instead',
    names: `
      dictionary loop merge mergeTreeAnalyzeIndexes mergeTreeAnalyzeIndexesUUID mergeTreeIndex
      mergeTreeProjection mergeTreeTextIndex prometheusQuery prometheusQueryRange timeSeriesData
      timeSeriesMetrics timeSeriesSamples timeSeriesSelector timeSeriesTags viewIfPermitted`,
  },
  { reason: 'runs a program or a query made of text', names: 'eval executable' },
  { reason: 'explains a query instead of running it', names: 'viewExplain' },
  { reason: 'reads through an input format chosen by name; use values(…)', names: 'format input' },
  {
    reason: 'can not be run read-only, as queries are; use numbers(…) and select 0 AS zero',
    names: 'zeros zeros_mt',
  },
  { reason: 'exists only to test the engine', names: 'fuzzJSON fuzzQuery' },
];

const allowed: ReadonlySet<string> = new Set(ALLOWED_TABLE_FUNCTIONS.map((name) => name.toLowerCase()));
const refused = refusedNames(REFUSED_TABLE_FUNCTIONS);

/** Every allowed table function as the engine spells it. */
export function allowedTableFunctionNames(): readonly string[] {
  return ALLOWED_TABLE_FUNCTIONS;
}

/** Every refused table function in lower case, with the reason. */
export function refusedTableFunctionReasons(): ReadonlyMap<string, string> {
  return refused;
}

/**
 * Judges a table function by name, without regard to case: undefined when a query may use it, otherwise the reason,
 * which completes the sentence `The table function f …` (PS-08).
 *
 * @param usable those that this kind of query may use, in lower case
 */
export function tableFunctionFault(name: string, usable: ReadonlySet<string> = allowed): string | undefined {
  const key = name.toLowerCase();
  if (usable.has(key) && allowed.has(key)) return undefined;
  if (allowed.has(key)) return 'is not allowed with this token.';
  const reason = refused.get(key);
  if (reason !== undefined) return `${reason}.`;
  const near = nearestName(name, ALLOWED_TABLE_FUNCTIONS);
  return `is not known. ${near === undefined ? 'To read a Data Source or Pipe, leave out the brackets.' : `Did you mean ${near}?`}`;
}
