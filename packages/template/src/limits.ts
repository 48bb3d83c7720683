/** Longest template, in UTF-16 units. The largest public one has 40,000; compiling this many takes well below a second. */
export const TEMPLATE_MAX = 1_000_000;
/** Deepest nesting of brackets, blocks, subscripts and JSON. People write less than ten; far more would overflow the stack. */
export const NESTING_MAX = 64;
/**
 * Work of one rendering, in steps: a statement, a turn of a loop and each WORK_PER_STEP characters or elements that a
 * call or an operator touches. A second's worth at the very most; a template of 60 lines takes below 100.
 */
export const STEPS_MAX = 200_000;
/** Characters or elements that count as one step. */
export const WORK_PER_STEP = 64;
/** Longest rendered SQL and longest text inside a template, in UTF-16 units. The engine's own limit (`max_query_size`) is lower. */
export const TEXT_MAX = 4_000_000;
/** Most elements of a list. An IN list of this size takes the engine a second to read. */
export const LIST_MAX = 100_000;
/** Largest integer inside a template, in bits: the widest SQL type has 256, and a product of two still fits. */
export const INTEGER_BITS_MAX = 512;
/** Longest date format, in UTF-16 units; each directive may stand in it once. */
export const FORMAT_MAX = 100;
/** Longest piece of a bad value that an error shows, in UTF-16 units. */
export const SHOWN_MAX = 60;
