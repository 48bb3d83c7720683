/** A group of functions that a query may not call, and why: the reason completes `The function f is not allowed: it …`. */
export interface RefusedGroup {
  reason: string;
  /** Names in any case, separated by spaces. */
  names: string;
}

/** Every function of the engine that is not allowed. A new one has to be put here or into `allowedFunctions.ts`. */
export const REFUSED_FUNCTIONS: readonly RefusedGroup[] = [
  {
    reason: 'reads a file of the server',
    names: 'file',
  },
  {
    reason: 'reads a dictionary, and dictionaries are not available: use a JOIN, or joinGet on a Join table',
    names: `
      dictGet dictGetAll dictGetChildren dictGetDate dictGetDateOrDefault dictGetDateTime
      dictGetDateTimeOrDefault dictGetDescendants dictGetFloat32 dictGetFloat32OrDefault dictGetFloat64
      dictGetFloat64OrDefault dictGetHierarchy dictGetInt16 dictGetInt16OrDefault dictGetInt32
      dictGetInt32OrDefault dictGetInt64 dictGetInt64OrDefault dictGetInt8 dictGetInt8OrDefault
      dictGetIPv4 dictGetIPv4OrDefault dictGetIPv6 dictGetIPv6OrDefault dictGetKeys dictGetOrDefault
      dictGetOrNull dictGetRoot dictGetString dictGetStringOrDefault dictGetUInt16 dictGetUInt16OrDefault
      dictGetUInt32 dictGetUInt32OrDefault dictGetUInt64 dictGetUInt64OrDefault dictGetUInt8
      dictGetUInt8OrDefault dictGetUUID dictGetUUIDOrDefault dictHas dictIsIn regionHierarchy regionIn
      regionToArea regionToCity regionToContinent regionToCountry regionToDistrict regionToName
      regionToPopulation regionToTopContinent`,
  },
  {
    reason: 'calls a service outside of this server',
    names: 'aiClassify aiEmbed aiExtract aiGenerate aiTranslate',
  },
  {
    reason: 'tells about the session or the user of the engine',
    names: `
      authenticatedUser authUser connection_id connectionId current_database current_query_id
      current_schemas current_user currentDatabase currentProfiles currentQueryID currentRoles
      currentSchemas currentUser database defaultProfiles defaultRoles enabledProfiles enabledRoles
      getClientHTTPHeader initial_query_id initial_query_start_time initialQueryID initialQueryStartTime
      query_id queryID schema session_user transactionID transactionLatestSnapshot
      transactionOldestSnapshot user`,
  },
  {
    reason: 'tells about the server or the cluster that runs the query',
    names: `
      buildId chdb displayName filesystemAvailable filesystemCapacity filesystemUnreserved FQDN
      fullHostName generateSerialID getOSKernelVersion getServerPort hasThreadFuzzer hostName revision
      serverUUID shardCount shardNum showCertificate tcpPort uptime version zookeeperSessionUptime`,
  },
  {
    reason: 'reads the configuration of the engine',
    names: `
      getMacro getMaxTableNameLengthForDatabase getMergeTreeSetting getServerSetting getSetting
      getSettingOrDefault globalVariable`,
  },
  {
    reason: 'names a table in a text, which cannot be checked',
    names: 'hasColumnInTable',
  },
  {
    reason: 'runs or trains a model',
    names: `
      catboostEvaluate evalMLMethod naiveBayesClassifier naiveBayesClassifierWithAllProbs
      naiveBayesClassifierWithProb stochasticLinearRegression stochasticLogisticRegression`,
  },
  {
    reason: 'looks into the running server process or its storage',
    names: `
      addressToLine addressToLineWithInlines addressToSymbol demangle flameGraph isMergeTreePartCoveredBy
      mergeTreePartInfo tid`,
  },
  {
    reason: 'writes to the log of the server',
    names: 'logTrace',
  },
  {
    reason: 'only takes time',
    names: 'sleep sleepEachRow',
  },
  {
    reason: 'exists only to test the engine',
    names: 'aggThrow fuzzQuery',
  },
  {
    reason:
      'writes through an output format chosen by name, some of which read schema files: use toJSONString',
    names: 'formatRow formatRowNoNewline groupFormat',
  },
  {
    reason: 'works on the tags of TimeSeries tables, which are not available',
    names: `
      timeSeriesCopyTag timeSeriesCopyTags timeSeriesExtractTag timeSeriesGroupToSamplingKey
      timeSeriesGroupToTags timeSeriesIdToGroup timeSeriesIdToTags timeSeriesIdToTagsGroup
      timeSeriesJoinTags timeSeriesRemoveAllTagsExcept timeSeriesRemoveTag timeSeriesRemoveTags
      timeSeriesReplaceTag timeSeriesStoreTags timeSeriesTagsGroupToTags timeSeriesTagsToGroup
      timeSeriesThrowDuplicateSeriesIf`,
  },
  {
    reason: 'is internal to the engine',
    names: `
      __actionName __applyFilter __bitBoolMaskAnd __bitBoolMaskOr __bitSwapLastTwo __bitWrapperFunc
      __getScalar __patchPartitionID __scalarSubqueryResult __toYearCalendarOnly _CAST nothing nothingNull
      nothingUInt64 validateNestedArraySizes`,
  },
];
