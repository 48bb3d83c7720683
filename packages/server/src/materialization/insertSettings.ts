import type { Settings } from '@goldcrest/engine';

/**
 * The setting with which an insert goes on when a view of it fails: the rows of the Data Source and of the other views are written, and no error
 * is answered. Nothing else has to be set on an insert: what a view needs stands in its own SQL, and `deduplicationToken` keeps its target
 * from being written twice.
 */
export const IGNORE_VIEW_ERRORS: Settings = { materialized_views_ignore_errors: 1 };
