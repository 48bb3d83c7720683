/**
 * The ordinary functions that a query may call (PS-10 to PS-18), by the engine's own categories. They compute from
 * their arguments alone, with the exceptions of time and chance. An engine function is here or in
 * `refusedFunctions.ts`; a test compares both with the engine, so an upgrade fails until somebody has looked.
 */
export const ORDINARY_FUNCTIONS: Readonly<Record<string, string>> = {
  arithmetic: `
    abs avg2 byteSwap divide divideDecimal divideOrNull gcd ifNotFinite intDiv intDivOrNull intDivOrZero
    isFinite isInfinite isNaN lcm max2 midpoint min2 minus modulo moduloLegacy moduloOrNull moduloOrZero
    multiply multiplyDecimal negate plus positiveModulo positiveModuloOrNull sqr`,
  arrays: `
    array arrayAll arrayAUCPR arrayAutocorrelation arrayAvg arrayBottomK arrayCompact arrayConcat
    arrayCount arrayCumSum arrayCumSumNonNegative arrayDifference arrayDistinct arrayDotProduct
    arrayElement arrayElementOrNull arrayEnumerate arrayEnumerateDense arrayEnumerateDenseRanked
    arrayEnumerateUniq arrayEnumerateUniqRanked arrayExcept arrayExists arrayFill arrayFilter arrayFirst
    arrayFirstIndex arrayFirstOrNull arrayFlatten arrayFold arrayIntersect arrayJaccardIndex arrayJoin
    arrayLast arrayLastIndex arrayLastOrNull arrayLevenshteinDistance arrayLevenshteinDistanceWeighted
    arrayMap arrayMax arrayMin arrayNormalizedGini arrayPartialReverseSort arrayPartialShuffle
    arrayPartialSort arrayPopBack arrayPopFront arrayProduct arrayPushBack arrayPushFront
    arrayRandomSample arrayReduce arrayReduceInRanges arrayRemove arrayResize arrayReverse
    arrayReverseFill arrayReverseSort arrayReverseSplit arrayROCAUC arrayRotateLeft arrayRotateRight
    arrayShiftLeft arrayShiftRight arrayShingles arrayShuffle arraySimilarity arraySlice arraySort
    arraySplit arraySum arraySymmetricDifference arrayTopK arrayTranspose arrayUnion arrayUniq
    arrayWithConstant arrayZip arrayZipUnaligned countEqual empty emptyArrayDate emptyArrayDateTime
    emptyArrayFloat32 emptyArrayFloat64 emptyArrayInt16 emptyArrayInt32 emptyArrayInt64 emptyArrayInt8
    emptyArrayString emptyArrayToSingle emptyArrayUInt16 emptyArrayUInt32 emptyArrayUInt64 emptyArrayUInt8
    has hasAll hasAny hasSubstr indexOf indexOfAssumeSorted length notEmpty randomHadamardTransform range
    replicate reverse`,
  bit: `
    bitAnd bitCount bitHammingDistance bitNot bitOr bitRotateLeft bitRotateRight bitShiftLeft
    bitShiftRight bitSlice bitTest bitTestAll bitTestAny bitXor`,
  bitmap: `
    bitmapAnd bitmapAndCardinality bitmapAndnot bitmapAndnotCardinality bitmapBuild bitmapCardinality
    bitmapContains bitmapHasAll bitmapHasAny bitmapMax bitmapMin bitmapOr bitmapOrCardinality
    bitmapSubsetInRange bitmapSubsetLimit bitmapToArray bitmapTransform bitmapXor bitmapXorCardinality
    subBitmap`,
  comparison: `
    equals globalIn globalInIgnoreSet globalNotIn globalNotInIgnoreSet globalNotNullIn
    globalNotNullInIgnoreSet globalNullIn globalNullInIgnoreSet greater greaterOrEquals in inIgnoreSet
    isDistinctFrom isNotDistinctFrom less lessOrEquals notEquals notIn notInIgnoreSet notNullIn
    notNullInIgnoreSet nullIn nullInIgnoreSet`,
  conditional: `
    clamp greatest if least multiIf`,
  datesAndTimes: `
    addDate addDays addHours addInterval addMicroseconds addMilliseconds addMinutes addMonths
    addNanoseconds addQuarters addSeconds addTupleOfIntervals addWeeks addYears age changeDay changeHour
    changeMinute changeMonth changeSecond changeYear dateDiff dateName dateTrunc formatDateTime
    formatDateTimeInJodaSyntax fromDaysSinceYearZero fromDaysSinceYearZero32 fromModifiedJulianDay
    fromModifiedJulianDayOrNull fromUnixTimestamp fromUnixTimestampInJodaSyntax fromUTCTimestamp localtime
    makeDate makeDate32 makeDateTime makeDateTime64 monthName now now64 nowInBlock nowInBlock64
    serverTimezone subDate subtractDays subtractHours subtractInterval subtractMicroseconds
    subtractMilliseconds subtractMinutes subtractMonths subtractNanoseconds subtractQuarters
    subtractSeconds subtractTupleOfIntervals subtractWeeks subtractYears timeDiff timeSlot timeSlots
    timestamp timezone timezoneOf timezoneOffset today toDayOfMonth toDayOfWeek toDayOfYear toDaysInMonth
    toDaysSinceYearZero toHour toISOWeek toISOYear toLastDayOfMonth toLastDayOfWeek toMicrosecond
    toMillisecond toMinute toModifiedJulianDay toModifiedJulianDayOrNull toMonday toMonth
    toMonthNumSinceEpoch toNanosecond toQuarter toRelativeDayNum toRelativeHourNum toRelativeMinuteNum
    toRelativeMonthNum toRelativeQuarterNum toRelativeSecondNum toRelativeWeekNum toRelativeYearNum
    toSecond toStartOfDay toStartOfFifteenMinutes toStartOfFiveMinutes toStartOfHour toStartOfInterval
    toStartOfISOYear toStartOfMicrosecond toStartOfMillisecond toStartOfMinute toStartOfMonth
    toStartOfNanosecond toStartOfQuarter toStartOfSecond toStartOfTenMinutes toStartOfWeek toStartOfYear
    toTimeWithFixedDate toTimezone toUnixTimestamp toUTCTimestamp toWeek toYear toYearNumSinceEpoch
    toYearWeek toYYYYMM toYYYYMMDD toYYYYMMDDhhmmss UTCTimestamp yesterday YYYYMMDDhhmmssToDateTime
    YYYYMMDDhhmmssToDateTime64 YYYYMMDDToDate YYYYMMDDToDate32`,
  distance: `
    cosineDistance cosineDistanceTransposed cosineDistanceTransposedQuantized dotProductTransposed
    dotProductTransposedQuantized L1Distance L1Norm L1Normalize L2Distance L2DistanceTransposed
    L2DistanceTransposedQuantized L2Norm L2Normalize L2SquaredDistance L2SquaredNorm LinfDistance LinfNorm
    LinfNormalize LpDistance LpNorm LpNormalize`,
  encoding: `
    bin bitmaskToArray bitmaskToList bitPositionsToArray char hex hilbertDecode hilbertEncode mortonDecode
    mortonEncode sqidDecode sqidEncode unbin unhex`,
  encryption: `
    aes_decrypt_mysql aes_encrypt_mysql decrypt encrypt HMAC tryDecrypt`,
  financial: `
    financialInternalRateOfReturn financialInternalRateOfReturnExtended financialNetPresentValue
    financialNetPresentValueExtended`,
  geo: `
    areaCartesian areaSpherical geoDistance geohashDecode geohashEncode geohashesInBox
    geometryIntersectCartesian geometryIntersectSpherical geoToH3 geoToMGRS geoToUTM greatCircleAngle
    greatCircleDistance h3CellAreaM2 h3CellAreaRads2 h3Distance h3EdgeAngle h3EdgeLengthKm h3EdgeLengthM
    h3ExactEdgeLengthKm h3ExactEdgeLengthM h3ExactEdgeLengthRads h3GetBaseCell
    h3GetDestinationIndexFromUnidirectionalEdge h3GetFaces h3GetIndexesFromUnidirectionalEdge
    h3GetOriginIndexFromUnidirectionalEdge h3GetPentagonIndexes h3GetRes0Indexes h3GetResolution
    h3GetUnidirectionalEdge h3GetUnidirectionalEdgeBoundary h3GetUnidirectionalEdgesFromHexagon
    h3HexAreaKm2 h3HexAreaM2 h3HexRing h3IndexesAreNeighbors h3IsPentagon h3IsResClassIII h3IsValid
    h3kRing h3Line h3NumHexagons h3PointDistKm h3PointDistM h3PointDistRads h3PolygonToCells
    h3PolygonToCellsWithContainment h3ToCenterChild h3ToChildren h3ToGeo h3ToGeoBoundary h3ToParent
    h3ToString h3UnidirectionalEdgeIsValid MGRSToGeo MVTBoundingBox MVTBoundingBoxMercator
    perimeterCartesian perimeterSpherical pointInEllipses pointInPolygon polygonsIntersectCartesian
    polygonsIntersectSpherical readWKB readWKT stringToH3 svg UTMToGeo wkb wkt`,
  geoPolygon: `
    MVTEncodeGeom polygonAreaCartesian polygonAreaSpherical polygonConvexHullCartesian
    polygonPerimeterCartesian polygonPerimeterSpherical polygonsDistanceCartesian
    polygonsDistanceSpherical polygonsEqualsCartesian polygonsIntersectionCartesian
    polygonsIntersectionSpherical polygonsSymDifferenceCartesian polygonsSymDifferenceSpherical
    polygonsUnionCartesian polygonsUnionSpherical polygonsWithinCartesian polygonsWithinSpherical
    readWKBLineString readWKBMultiLineString readWKBMultiPolygon readWKBPoint readWKBPolygon
    readWKTLineString readWKTMultiLineString readWKTMultiPolygon readWKTPoint readWKTPolygon readWKTRing`,
  hash: `
    cityHash64 farmFingerprint64 farmHash64 gccMurmurHash halfMD5 hiveHash icebergHash intHash32 intHash64
    javaHash javaHashUTF16LE jumpConsistentHash kafkaMurmurHash keccak256 kostikConsistentHash MD4 MD5
    metroHash64 murmurHash2_32 murmurHash2_64 murmurHash3_128 murmurHash3_32 murmurHash3_64 ngramMinHash
    ngramMinHashArg ngramMinHashArgCaseInsensitive ngramMinHashArgCaseInsensitiveUTF8 ngramMinHashArgUTF8
    ngramMinHashCaseInsensitive ngramMinHashCaseInsensitiveUTF8 ngramMinHashUTF8 ngramSimHash
    ngramSimHashCaseInsensitive ngramSimHashCaseInsensitiveUTF8 ngramSimHashUTF8 RIPEMD160 SHA1 SHA224
    SHA256 SHA384 SHA512 SHA512_256 sipHash128 sipHash128Keyed sipHash128Reference
    sipHash128ReferenceKeyed sipHash64 sipHash64Keyed URLHash wordShingleMinHash wordShingleMinHashArg
    wordShingleMinHashArgCaseInsensitive wordShingleMinHashArgCaseInsensitiveUTF8
    wordShingleMinHashArgUTF8 wordShingleMinHashCaseInsensitive wordShingleMinHashCaseInsensitiveUTF8
    wordShingleMinHashUTF8 wordShingleSimHash wordShingleSimHashCaseInsensitive
    wordShingleSimHashCaseInsensitiveUTF8 wordShingleSimHashUTF8 wyHash64 xxh3 xxh3_128 xxHash32 xxHash64
    xxHash64Spark`,
  ipAddress: `
    cutIPv6 IPv4CIDRToRange IPv4NumToString IPv4NumToStringClassC IPv4StringToNum IPv4StringToNumOrDefault
    IPv4StringToNumOrNull IPv4ToIPv6 IPv6CIDRToRange IPv6NumToString IPv6StringToNum
    IPv6StringToNumOrDefault IPv6StringToNumOrNull isIPAddressInRange isIPv4String isIPv6String toIPv4
    toIPv4OrDefault toIPv4OrNull toIPv4OrZero toIPv6 toIPv6OrDefault toIPv6OrNull toIPv6OrZero`,
  internal: `
    caseWithExpression nested`,
  json: `
    dynamicElement dynamicType isDynamicElementInSharedData isValidJSON JSON_EXISTS JSON_QUERY JSON_VALUE
    JSONAllPaths JSONAllPathsWithTypes JSONAllValues JSONArrayLength JSONDynamicPaths
    JSONDynamicPathsWithTypes JSONExtract JSONExtractArrayRaw JSONExtractArrayRawCaseInsensitive
    JSONExtractBool JSONExtractBoolCaseInsensitive JSONExtractCaseInsensitive JSONExtractFloat
    JSONExtractFloatCaseInsensitive JSONExtractInt JSONExtractIntCaseInsensitive JSONExtractKeys
    JSONExtractKeysAndValues JSONExtractKeysAndValuesCaseInsensitive JSONExtractKeysAndValuesRaw
    JSONExtractKeysAndValuesRawCaseInsensitive JSONExtractKeysCaseInsensitive JSONExtractRaw
    JSONExtractRawCaseInsensitive JSONExtractString JSONExtractStringCaseInsensitive JSONExtractUInt
    JSONExtractUIntCaseInsensitive JSONHas JSONKey JSONLength JSONMergePatch JSONSharedDataPaths
    JSONSharedDataPathsWithTypes JSONType prettyPrintJSON simpleJSONExtractBool simpleJSONExtractFloat
    simpleJSONExtractInt simpleJSONExtractRaw simpleJSONExtractString simpleJSONExtractUInt simpleJSONHas
    toJSONString`,
  logical: `
    and not or xor`,
  map: `
    extractKeyValuePairs extractKeyValuePairsWithEscaping map mapAdd mapAll mapApply mapConcat
    mapContainsKey mapContainsKeyLike mapContainsValue mapContainsValueLike mapExists mapExtractKeyLike
    mapExtractValueLike mapFilter mapFromArrays mapKeys mapPartialReverseSort mapPartialSort
    mapPopulateSeries mapReverseSort mapSort mapSubtract mapUpdate mapValues`,
  mathematical: `
    acos acosh asin asinh atan atan2 atanh cbrt cos cosh degrees e erf erfc exp exp10 exp2 factorial hypot
    intExp10 intExp2 isPrime isProbablePrime lgamma log log10 log1p log2 pi pow proportionsZTest radians
    sigmoid sign sin sinh sqrt tan tanh tgamma widthBucket`,
  nullable: `
    assumeNotNull coalesce firstNonDefault ifNull isNotNull isNull isNullable isZeroOrNull nullIf
    toNullable`,
  numericindexedvector: `
    numericIndexedVectorAllValueSum numericIndexedVectorBuild numericIndexedVectorCardinality
    numericIndexedVectorGetValue numericIndexedVectorPointwiseAdd numericIndexedVectorPointwiseDivide
    numericIndexedVectorPointwiseEqual numericIndexedVectorPointwiseGreater
    numericIndexedVectorPointwiseGreaterEqual numericIndexedVectorPointwiseLess
    numericIndexedVectorPointwiseLessEqual numericIndexedVectorPointwiseMultiply
    numericIndexedVectorPointwiseNotEqual numericIndexedVectorPointwiseSubtract
    numericIndexedVectorShortDebugString numericIndexedVectorToMap`,
  other: `
    bar blockNumber blockSerializedSize blockSize byteSize colorOKLABToSRGB colorOKLCHToSRGB
    colorSRGBToOKLAB colorSRGBToOKLCH countDigits defaultValueOfArgumentType defaultValueOfTypeName digits
    dumpColumnStructure errorCodeToName finalizeAggregation flipCoordinates formatQuery formatQueryOrNull
    formatQuerySingleLine formatQuerySingleLineOrNull formatReadableDecimalSize formatReadableQuantity
    formatReadableSize formatReadableTimeDelta generateRandomStructure getSizeOfEnumType getSubcolumn
    getTypeSerializationStreams highlightQuery icebergBucket icebergTruncate identity ignore indexHint
    initializeAggregation isConstant isDecimalOverflow joinGet joinGetOrNull lowCardinalityIndices
    lowCardinalityKeys MACNumToString MACStringToNum MACStringToOUI materialize minSampleSizeContinuous
    minSampleSizeConversion neighbor normalizedQueryHash normalizedQueryHashKeepNames normalizeQuery
    normalizeQueryKeepNames obfuscateQuery obfuscateQueryWithSeed parseReadableSize
    parseReadableSizeOrNull parseReadableSizeOrZero parseTimeDelta partitionId rowNumberInAllBlocks
    rowNumberInBlock runningAccumulate runningConcurrency runningDifference
    runningDifferenceStartingWithFirstValue structureToCapnProtoSchema structureToProtobufSchema throwIf
    toColumnTypeName tokenizeQuery toTypeName transform variantElement variantType visibleWidth`,
  qbit: `
    dequantizeInt8ToBFloat16 quantizeBFloat16ToInt8`,
  randomNumber: `
    fuzzBits rand rand64 randBernoulli randBinomial randCanonical randChiSquared randConstant
    randExponential randFisherF randLogNormal randNegativeBinomial randNormal randomFixedString
    randomPrintableASCII randomString randomStringUTF8 randPoisson randStudentT randUniform`,
  rounding: `
    ceil floor round roundAge roundBankers roundDown roundDuration roundToExp2 trunc`,
  string: `
    appendTrailingCharIfAbsent ascii base32Decode base32Encode base58Decode base58Encode base64Decode
    base64Encode base64URLDecode base64URLEncode basename byteHammingDistance caseFoldUTF8
    compareSubstrings concat concatAssumeInjective concatWithSeparator concatWithSeparatorAssumeInjective
    conv convertCharset CRC32 CRC32IEEE CRC64 damerauLevenshteinDistance decodeHTMLComponent
    decodeXMLComponent editDistance editDistanceUTF8 encodeXMLComponent endsWith endsWithCaseInsensitive
    endsWithCaseInsensitiveUTF8 endsWithUTF8 extractTextFromHTML firstLine initcap initcapUTF8
    isValidASCII isValidUTF8 jaroSimilarity jaroWinklerSimilarity left leftPad leftPadUTF8 leftUTF8
    lengthUTF8 lower lowerUTF8 naturalSortKey normalizeUTF8NFC normalizeUTF8NFD normalizeUTF8NFKC
    normalizeUTF8NFKCCasefold normalizeUTF8NFKD regexpExtract regexpPosition removeDiacriticsUTF8 repeat
    reverseUTF8 right rightPad rightPadUTF8 rightUTF8 soundex space sparseGrams sparseGramsHashes
    sparseGramsHashesUTF8 sparseGramsUTF8 startsWith startsWithCaseInsensitive
    startsWithCaseInsensitiveUTF8 startsWithUTF8 stringBytesEntropy stringBytesUniq stringJaccardIndex
    stringJaccardIndexUTF8 substring substringIndex substringIndexUTF8 substringUTF8 toValidUTF8 trimBoth
    trimLeft trimRight tryBase32Decode tryBase58Decode tryBase64Decode tryBase64URLDecode upper upperUTF8`,
  stringReplacement: `
    format overlay overlayUTF8 printf regexpQuoteMeta replaceAll replaceOne replaceRegexpAll
    replaceRegexpOne translate translateUTF8`,
  stringSearch: `
    countMatches countMatchesCaseInsensitive countSubstrings countSubstringsCaseInsensitive
    countSubstringsCaseInsensitiveUTF8 extract extractAll extractAllGroupsHorizontal extractGroups
    hasAllTokens hasAnyTokens hasPhrase hasSubsequence hasSubsequenceCaseInsensitive
    hasSubsequenceCaseInsensitiveUTF8 hasSubsequenceUTF8 hasToken hasTokenCaseInsensitive
    hasTokenCaseInsensitiveOrNull hasTokenOrNull highlight ilike like locate match
    multiFuzzyMatchAllIndices multiFuzzyMatchAny multiFuzzyMatchAnyIndex multiMatchAllIndices
    multiMatchAny multiMatchAnyIndex multiSearchAllPositions multiSearchAllPositionsCaseInsensitive
    multiSearchAllPositionsCaseInsensitiveUTF8 multiSearchAllPositionsUTF8 multiSearchAny
    multiSearchAnyCaseInsensitive multiSearchAnyCaseInsensitiveUTF8 multiSearchAnyUTF8
    multiSearchFirstIndex multiSearchFirstIndexCaseInsensitive multiSearchFirstIndexCaseInsensitiveUTF8
    multiSearchFirstIndexUTF8 multiSearchFirstPosition multiSearchFirstPositionCaseInsensitive
    multiSearchFirstPositionCaseInsensitiveUTF8 multiSearchFirstPositionUTF8 ngramDistance
    ngramDistanceCaseInsensitive ngramDistanceCaseInsensitiveUTF8 ngramDistanceUTF8 ngramSearch
    ngramSearchCaseInsensitive ngramSearchCaseInsensitiveUTF8 ngramSearchUTF8 notILike notLike position
    positionCaseInsensitive positionCaseInsensitiveUTF8 positionUTF8`,
  stringSplitting: `
    alphaTokens arrayStringConcat extractAllGroupsVertical naiveBayesNgrams ngrams reverseBySeparator
    splitByChar splitByNonAlpha splitByRegexp splitByString splitByWhitespace tokens tokensForLikePattern`,
  timeSeries: `
    seriesDecomposeSTL seriesOutliersDetectTukey timeSeriesFromGrid timeSeriesRange`,
  timeWindow: `
    hop hopEnd hopStart tumble tumbleEnd tumbleStart windowID`,
  tuple: `
    dotProduct flattenTuple tuple tupleConcat tupleDivide tupleDivideByNumber tupleElement
    tupleHammingDistance tupleIntDiv tupleIntDivByNumber tupleIntDivOrZero tupleIntDivOrZeroByNumber
    tupleMinus tupleModulo tupleModuloByNumber tupleMultiply tupleMultiplyByNumber tupleNames tupleNegate
    tuplePlus tuplePositiveModuloByNumber tupleToNameValuePairs`,
  typeConversion: `
    accurateCast accurateCastOrDefault accurateCastOrNull CAST DATE fromUnixTimestamp64Micro
    fromUnixTimestamp64Milli fromUnixTimestamp64Nano fromUnixTimestamp64Second parseDateTime
    parseDateTime32BestEffort parseDateTime32BestEffortOrNull parseDateTime32BestEffortOrZero
    parseDateTime64 parseDateTime64BestEffort parseDateTime64BestEffortOrNull
    parseDateTime64BestEffortOrZero parseDateTime64BestEffortUS parseDateTime64BestEffortUSOrNull
    parseDateTime64BestEffortUSOrZero parseDateTime64InJodaSyntax parseDateTime64InJodaSyntaxOrNull
    parseDateTime64InJodaSyntaxOrZero parseDateTime64OrNull parseDateTime64OrZero parseDateTimeBestEffort
    parseDateTimeBestEffortOrNull parseDateTimeBestEffortOrZero parseDateTimeBestEffortUS
    parseDateTimeBestEffortUSOrNull parseDateTimeBestEffortUSOrZero parseDateTimeInJodaSyntax
    parseDateTimeInJodaSyntaxOrNull parseDateTimeInJodaSyntaxOrZero parseDateTimeOrNull
    parseDateTimeOrZero reinterpret reinterpretAsDate reinterpretAsDateTime reinterpretAsFixedString
    reinterpretAsFloat32 reinterpretAsFloat64 reinterpretAsInt128 reinterpretAsInt16 reinterpretAsInt256
    reinterpretAsInt32 reinterpretAsInt64 reinterpretAsInt8 reinterpretAsString reinterpretAsUInt128
    reinterpretAsUInt16 reinterpretAsUInt256 reinterpretAsUInt32 reinterpretAsUInt64 reinterpretAsUInt8
    reinterpretAsUUID toBFloat16 toBFloat16OrNull toBFloat16OrZero toBool toDate toDate32
    toDate32OrDefault toDate32OrNull toDate32OrZero toDateOrDefault toDateOrNull toDateOrZero toDateTime
    toDateTime32 toDateTime64 toDateTime64OrDefault toDateTime64OrNull toDateTime64OrZero
    toDateTimeOrDefault toDateTimeOrNull toDateTimeOrZero toDecimal128 toDecimal128OrDefault
    toDecimal128OrNull toDecimal128OrZero toDecimal256 toDecimal256OrDefault toDecimal256OrNull
    toDecimal256OrZero toDecimal32 toDecimal32OrDefault toDecimal32OrNull toDecimal32OrZero toDecimal64
    toDecimal64OrDefault toDecimal64OrNull toDecimal64OrZero toDecimalString toFixedString toFloat32
    toFloat32OrDefault toFloat32OrNull toFloat32OrZero toFloat64 toFloat64OrDefault toFloat64OrNull
    toFloat64OrZero toInt128 toInt128OrDefault toInt128OrNull toInt128OrZero toInt16 toInt16OrDefault
    toInt16OrNull toInt16OrZero toInt256 toInt256OrDefault toInt256OrNull toInt256OrZero toInt32
    toInt32OrDefault toInt32OrNull toInt32OrZero toInt64 toInt64OrDefault toInt64OrNull toInt64OrZero
    toInt8 toInt8OrDefault toInt8OrNull toInt8OrZero toInterval toIntervalDay toIntervalHour
    toIntervalMicrosecond toIntervalMillisecond toIntervalMinute toIntervalMonth toIntervalNanosecond
    toIntervalQuarter toIntervalSecond toIntervalWeek toIntervalYear toLowCardinality toString
    toStringCutToZero toTime toTime64 toTime64OrNull toTime64OrZero toTimeOrNull toTimeOrZero toUInt128
    toUInt128OrDefault toUInt128OrNull toUInt128OrZero toUInt16 toUInt16OrDefault toUInt16OrNull
    toUInt16OrZero toUInt256 toUInt256OrDefault toUInt256OrNull toUInt256OrZero toUInt32 toUInt32OrDefault
    toUInt32OrNull toUInt32OrZero toUInt64 toUInt64OrDefault toUInt64OrNull toUInt64OrZero toUInt8
    toUInt8OrDefault toUInt8OrNull toUInt8OrZero toUnixTimestamp64Micro toUnixTimestamp64Milli
    toUnixTimestamp64Nano toUnixTimestamp64Second toUUID toUUIDOrZero`,
  url: `
    cutFragment cutQueryString cutQueryStringAndFragment cutToFirstSignificantSubdomain
    cutToFirstSignificantSubdomainCustom cutToFirstSignificantSubdomainCustomRFC
    cutToFirstSignificantSubdomainCustomWithWWW cutToFirstSignificantSubdomainCustomWithWWWRFC
    cutToFirstSignificantSubdomainRFC cutToFirstSignificantSubdomainWithWWW
    cutToFirstSignificantSubdomainWithWWWRFC cutURLParameter cutWWW decodeURLComponent
    decodeURLFormComponent domain domainRFC domainWithoutWWW domainWithoutWWWRFC encodeURLComponent
    encodeURLFormComponent extractURLParameter extractURLParameterNames extractURLParameters
    firstSignificantSubdomain firstSignificantSubdomainCustom firstSignificantSubdomainCustomRFC
    firstSignificantSubdomainRFC fragment netloc path pathFull port portRFC protocol queryString
    queryStringAndFragment topLevelDomain topLevelDomainRFC URLHierarchy URLPathHierarchy`,
  uuid: `
    dateTime64ToSnowflakeID dateTimeToSnowflakeID dateTimeToUUIDv7 generateSnowflakeID generateUUIDv4
    generateUUIDv7 snowflakeIDToDateTime snowflakeIDToDateTime64 toUUIDOrDefault toUUIDOrNull
    UUIDNumToString UUIDStringToNum UUIDToNum UUIDv7ToDateTime`,
  /** Other spellings of the above that the engine knows. */
  otherSpellings: `
    array_remove array_to_string arrayAUC arrayPRAUC byteSlice CARDINALITY caseWithExpr caseWithoutExpr
    caseWithoutExpression ceiling CHAR_LENGTH CHARACTER_LENGTH concat_ws curdate current_date
    current_timestamp date_bin DATE_DIFF DATE_FORMAT DATE_TRUNC DAY DAYOFMONTH DAYOFWEEK DAYOFYEAR
    distanceCosine distanceCosineTransposed distanceL1 distanceL2 distanceL2Squared distanceL2Transposed
    distanceLinf distanceLp extractAllGroups flatten FORMAT_BYTES FROM_BASE64 FROM_DAYS FROM_UNIXTIME
    from_utc_timestamp hasAllToken hasAnyToken HOUR INET6_ATON INET6_NTOA INET_ATON INET_NTOA instr
    isASCII JSON_ARRAY_LENGTH jsonMergePatch LAST_DAY lcase levenshteinDistance levenshteinDistanceUTF8 ln
    localtimestamp lpad ltrim MAP_FROM_ARRAYS mapContains mapFromString matchPhrase MICROSECOND mid
    MILLISECOND minSampleSizeContinous MINUTE mismatches mod modOrNull MONTH NANOSECOND NATURAL_SORT_KEY
    normalizeL1 normalizeL2 normalizeLinf normalizeLp normL1 normL2 normL2Squared normLinf normLp
    OCTET_LENGTH partitionID pmod pmodOrNull positive_modulo positive_modulo_or_null power QUARTER rand32
    readWkb readWkt REGEXP_EXTRACT regexp_instr REGEXP_MATCHES REGEXP_REPLACE REGEXP_SUBSTR regexpInstr
    removeAccentsUTF8 replace rpad rtrim scalarProduct scalarProductTransposed SECOND serverTimeZone
    splitByAlpha sqid ST_AsMVTGeom ST_LineFromWKB ST_MLineFromWKB ST_MPolyFromWKB ST_PointFromWKB
    ST_PolyFromWKB str_to_date str_to_map substr SUBSTRING_INDEX SVG time_bucket timestamp_diff
    timestampDiff timeZone timeZoneOf timeZoneOffset TO_BASE64 TO_DAYS TO_UNIXTIME to_utc_timestamp
    toStartOfFiveMinute toTimeZone trim truncate ucase unnest UTC_timestamp vectorDifference vectorSum
    visitParamExtractBool visitParamExtractFloat visitParamExtractInt visitParamExtractRaw
    visitParamExtractString visitParamExtractUInt visitParamHas week width_bucket WKB WKT
    yandexConsistentHash YEAR yearweek`,
  /** Made by the engine's parser and not in its list of functions: `x -> …`, `EXISTS (…)`, GROUPING(…), untuple(…). */
  fromTheParser: `
    exists grouping lambda untuple`,
};

/** The aggregate and window functions that a query may call, without combinators (PS-09, PS-10, PS-14). */
export const AGGREGATE_FUNCTIONS = `
  analysisOfVariance anova any any_respect_nulls any_value any_value_respect_nulls anyHeavy anyLast
  anyLast_respect_nulls anyLastRespectNulls anyRespectNulls anyValueRespectNulls approx_top_count
  approx_top_k approx_top_sum argAndMax argAndMin argMax argMin array_agg array_concat_agg avg avgWeighted
  BIT_AND BIT_OR BIT_XOR boundingRatio categoricalInformationValue contingency corr corrMatrix corrStable
  count COVAR_POP COVAR_SAMP covarPop covarPopMatrix covarPopStable covarSamp covarSampMatrix
  covarSampStable cramersV cramersVBiasCorrected cume_dist deltaSum deltaSumTimestamp dense_rank denseRank
  distinctDynamicTypes distinctJSONPaths distinctJSONPathsAndTypes entropy estimateCompressionRatio
  exponentialMovingAverage exponentialTimeDecayedAvg exponentialTimeDecayedCount exponentialTimeDecayedMax
  exponentialTimeDecayedSum first_value first_value_respect_nulls firstValueRespectNulls group_concat
  groupArray groupArrayInsertAt groupArrayIntersect groupArrayLast groupArrayMovingAvg groupArrayMovingSum
  groupArraySample groupArraySorted groupBitAnd groupBitmap groupBitmapAnd groupBitmapOr groupBitmapXor
  groupBitOr groupBitXor groupConcat groupNumericIndexedVector groupUniqArray histogram intervalLengthSum
  kolmogorovSmirnovTest kurtPop kurtSamp lag lagInFrame largestTriangleThreeBuckets last_value
  last_value_respect_nulls lastValueRespectNulls lead leadInFrame lttb mannWhitneyUTest max max_by
  maxIntersections maxIntersectionsPosition maxMappedArrays meanZTest median medianBFloat16
  medianBFloat16Weighted medianDD medianDeterministic medianExact medianExactHigh medianExactLow
  medianExactWeighted medianExactWeightedInterpolated medianGK medianInterpolatedWeighted medianTDigest
  medianTDigestWeighted medianTiming medianTimingWeighted min min_by minMappedArrays MVTEncode
  nonNegativeDerivative nth_value ntile percent_rank percentRank quantile quantileBFloat16
  quantileBFloat16Weighted quantileDD quantileDeterministic quantileExact quantileExactExclusive
  quantileExactHigh quantileExactInclusive quantileExactLow quantileExactWeighted
  quantileExactWeightedInterpolated quantileGK quantileInterpolatedWeighted quantilePrometheusHistogram
  quantiles quantilesBFloat16 quantilesBFloat16Weighted quantilesDD quantilesDeterministic quantilesExact
  quantilesExactExclusive quantilesExactHigh quantilesExactInclusive quantilesExactLow
  quantilesExactWeighted quantilesExactWeightedInterpolated quantilesGK quantilesInterpolatedWeighted
  quantilesPrometheusHistogram quantilesTDigest quantilesTDigestWeighted quantilesTiming
  quantilesTimingWeighted quantileTDigest quantileTDigestWeighted quantileTiming quantileTimingWeighted
  rank rankCorr retention row_number sequenceCount sequenceMatch sequenceMatchEvents sequenceNextNode
  simpleLinearRegression singleValueOrNull skewPop skewSamp sparkBar ST_AsMVT STD STDDEV STDDEV_POP
  STDDEV_SAMP stddevPop stddevPopStable stddevSamp stddevSampStable string_agg studentTTest
  studentTTestOneSample sum sumCount sumKahan sumMapFiltered sumMapFilteredWithOverflow sumMappedArrays
  sumMapWithOverflow sumWithOverflow theilsU timeSeriesChangesToGrid timeSeriesDeltaToGrid
  timeSeriesDerivToGrid timeSeriesGroupArray timeSeriesIncreaseToGrid timeSeriesInstantDeltaToGrid
  timeSeriesInstantRateToGrid timeSeriesLastToGrid timeSeriesLastTwoSamples timeSeriesPredictLinearToGrid
  timeSeriesRateToGrid timeSeriesResampleToGridWithStaleness timeSeriesResetsToGrid topK topKWeighted uniq
  uniqCombined uniqCombined64 uniqExact uniqHLL12 uniqUpTo VAR_POP VAR_SAMP varPop varPopStable varSamp
  varSampStable welchTTest windowFunnel`;
