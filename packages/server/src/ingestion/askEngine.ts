import { type Engine, EngineError } from '@goldcrest/engine';
import { quoteString } from '@goldcrest/sql';
import { ApiError } from '../errors/index.js';
import { refusalOf } from './flush/refusals.js';
import { SOON } from './overloaded.js';
import type { CheckedRow } from './rowSchema.js';
import { type Question, type TimeQuestion, textIsNotA, type ValueQuestion } from './verdict.js';

/** How many texts are asked about in one query. */
const TEXTS_MAX = 1000;

/** Bytes of a query with the texts of one row, which can be as long as a request. */
const QUERY_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Settles what the checks left open: the engine reads each text the way an insert would, and a row whose text it can't read, or
 * whose instant its type can't hold, gets a problem.
 * @throws ApiError unavailable when the engine can't read anything just now: that says nothing of the rows
 */
export async function settleQuestions(
  engine: Pick<Engine, 'query'>,
  database: string,
  rows: readonly CheckedRow[],
): Promise<void> {
  const asked = rows.flatMap((row) =>
    row.questions.flatMap(({ column, questions }) =>
      questions.map((question) => ({ row, column, question })),
    ),
  );
  if (asked.length === 0) return;
  const questions = asked.map(({ question }) => question);
  const instants = await readInstants(engine, database, questions.filter(isTime));
  const unreadable = await unreadableValues(engine, database, questions.filter(isValue));
  for (const { row, column, question } of asked) {
    const fits = isTime(question)
      ? isInside(question, instants.get(question.text))
      : !unreadable.has(keyOf(question));
    const isNoted = row.problems.some((problem) => problem.column === column);
    if (fits || isNoted) continue;
    const json = isTime(question) ? JSON.stringify(question.text) : question.text;
    row.problems.push({ column, reason: textIsNotA(json, question.type) });
  }
}

function isTime(question: Question): question is TimeQuestion {
  return question.kind === 'time';
}

function isValue(question: Question): question is ValueQuestion {
  return question.kind === 'value';
}

function keyOf({ type, text }: ValueQuestion): string {
  return `${type} ${text}`;
}

function isInside({ rangeMs: [first, last] }: TimeQuestion, instant: number | null | undefined): boolean {
  return typeof instant === 'number' && instant >= first && instant <= last;
}

/** The instant of each text in milliseconds since 1970, or null when the engine can't read it as a time. */
async function readInstants(
  engine: Pick<Engine, 'query'>,
  database: string,
  questions: readonly TimeQuestion[],
): Promise<Map<string, number | null>> {
  const texts = [...new Set(questions.map(({ text }) => text))];
  const instants = new Map<string, number | null>();
  for (let start = 0; start < texts.length; start += TEXTS_MAX) {
    const part = texts.slice(start, start + TEXTS_MAX);
    const list = part.map(quoteString).join(', ');
    const sql = `SELECT arrayMap(text -> toUnixTimestamp64Milli(parseDateTime64BestEffortOrNull(text, 3, 'UTC')), [${list}]) AS instants`;
    const settings = { max_query_size: QUERY_BYTES_MAX };
    const { body } = await engine
      .query({ sql, database, format: 'JSONCompactEachRow', settings })
      .catch((error: unknown) => {
        throw refusalOf(error) === 'later' && error instanceof EngineError ? tooBusy(error) : error;
      });
    const [answers]: [unknown[]] = JSON.parse(new TextDecoder().decode(body));
    for (const [i, text] of part.entries())
      instants.set(text, answers[i] === null ? null : Number(answers[i]));
  }
  return instants;
}

/** The values that the engine can not make one of their type of, by their key. */
async function unreadableValues(
  engine: Pick<Engine, 'query'>,
  database: string,
  questions: readonly ValueQuestion[],
): Promise<Set<string>> {
  const unreadable = new Set<string>();
  for (const question of new Map(questions.map((each) => [keyOf(each), each])).values()) {
    const sql = `SELECT ignore(CAST(${quoteString(question.text)}, ${quoteString(question.type)}))`;
    const settings = { max_query_size: QUERY_BYTES_MAX, date_time_input_format: 'best_effort' };
    try {
      await engine.query({ sql, database, format: 'Null', settings });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (refusalOf(error) === 'later') throw tooBusy(error);
      unreadable.add(keyOf(question));
    }
  }
  return unreadable;
}

function tooBusy(cause: EngineError): ApiError {
  const state = 'busy, and could not check the events. Nothing was stored';
  return ApiError.of('unavailable', { state }, { headers: SOON, cause });
}
