import { MetadataCorruptError } from './errors.js';

/** The part of a compiled typebox schema that is needed to check a document. */
interface Validator<T> {
  Check(value: unknown): value is T;
  Errors(value: unknown): readonly { instancePath: string; message: string }[];
}

/**
 * Reads a JSON column.
 * @param place where the text comes from, for the error.
 * @throws MetadataCorruptError when it is no JSON or not of that schema.
 */
export function readJson<T>(validator: Validator<T>, text: string, place: string): T {
  const value = parse(text, place);
  if (validator.Check(value)) return value;
  const [first] = validator.Errors(value);
  throw new MetadataCorruptError(
    place,
    `${first?.instancePath ?? ''} ${first?.message ?? 'is wrong'}`.trim(),
  );
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MetadataCorruptError(place, error instanceof Error ? error.message : String(error));
  }
}

/**
 * Reads a column that holds one of a few words.
 * @throws MetadataCorruptError when it holds another one.
 */
export function readWord<const Word extends string>(
  words: readonly Word[],
  text: string,
  place: string,
): Word {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined)
    throw new MetadataCorruptError(place, `"${text}" is not one of ${words.join(', ')}`);
  return word;
}
