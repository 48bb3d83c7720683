import { ApiError } from '../errors/index.js';

/** Longest tag, in characters. */
const TAG_LENGTH_MAX = 100;
/** Most tags of a Pipe. */
const TAGS_MAX = 50;

/** What a datafile's TAGS line can hold without quotes: letters and digits, and inside also spaces and `_ - . : /`. */
const TAG = /^[\p{L}\p{N}_](?:[\p{L}\p{N} _.:/-]*[\p{L}\p{N}_])?$/u;

/**
 * Reads the tags of a Pipe (SE-16): `a,b`, or a list as JSON. Each counts once.
 * @throws ApiError invalid_parameter
 */
export function readTags(text: string): string[] {
  const items = text.trimStart().startsWith('[') ? listOf(text) : text.split(',');
  return checkTags(items.map((item) => item.trim()).filter((item) => item !== ''));
}

function listOf(text: string): string[] {
  const refused = ApiError.of('invalid_parameter', {
    name: 'tags',
    reason: 'it is neither a list such as `a,b` nor a JSON list of texts.',
  });
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  } catch {
    // Answered below like any other value that is no list of texts.
  }
  throw refused;
}

function checkTags(tags: readonly string[]): string[] {
  const wrong = tags.find((tag) => !TAG.test(tag) || tag.length > TAG_LENGTH_MAX);
  if (wrong !== undefined) {
    const reason = `${JSON.stringify(wrong.slice(0, TAG_LENGTH_MAX))} is not a tag. Use up to ${TAG_LENGTH_MAX} letters, digits, spaces and _ - . : / in each.`;
    throw ApiError.of('invalid_parameter', { name: 'tags', reason });
  }
  const different = [...new Set(tags)];
  if (different.length <= TAGS_MAX) return different;
  throw ApiError.of('invalid_parameter', { name: 'tags', reason: `at most ${TAGS_MAX} are allowed.` });
}
