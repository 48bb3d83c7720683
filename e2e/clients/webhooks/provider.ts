/** A provider that sends events to a Data Source with the schema of its guide. */
export interface Provider {
  /** Of the inventory. */
  id: string;
  /** Name of the Data Source. */
  name: string;
  /** Where the guide's schema takes the type of the event from. */
  typePath: string;
  timeType?: 'DateTime' | 'DateTime64(3)';
  jsonType?: string;
  /** How the provider authorises itself. */
  token: 'url' | 'header';
  /** Further parameters of the URL. */
  more?: string;
  contentType: string;
  /** Headers of its own. */
  headers?: Readonly<Record<string, string>>;
  body: string;
  /** Events in the body. */
  count?: number;
  /** What `event_type` is for the first event. */
  type: string;
  /** An expression over the column `event`, and what it gives. */
  read: readonly [expression: string, value: unknown];
}
