/** What a caller gives to the readers. Without a function, what it would answer for is left as it is. */
export interface ParseOptions {
  /**
   * Gives the text of an included file, or undefined when there is none. (DF-10)
   *
   * @param path resolved from the including file's path
   * @param variables of the INCLUDE line; the reader replaces `$VAR` itself
   */
  include?: (path: string, variables: ReadonlyMap<string, string>) => string | undefined;
  /** Gives the value of an environment variable, or undefined when it is not set. (DF-12) */
  expand?: (name: string) => string | undefined;
}
