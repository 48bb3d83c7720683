import type { Engine } from '@goldcrest/engine';
import { quoteString } from '@goldcrest/sql';
import type { CheckedRow } from './rowSchema.js';
import { notA, type TimeQuestion } from './verdict.js';

/** How many texts are asked about in one query. */
const TEXTS_MAX = 1000;

/**
 * Settles what the checks left open: the engine reads each text the way an insert would, and a row whose text it can't read, or
 * whose instant its type can't hold, gets a problem.
 */
export async function settleQuestions(
  engine: Engine,
  database: string,
  rows: readonly CheckedRow[],
): Promise<void> {
  const open = rows.filter((row) => row.questions.length > 0);
  const texts = new Set(
    open.flatMap((row) => row.questions.flatMap(({ questions }) => questions.map(({ text }) => text))),
  );
  if (texts.size === 0) return;
  const instants = await readInstants(engine, database, [...texts]);
  for (const row of open) {
    for (const { column, questions } of row.questions) {
      const wrong = questions.find((question) => !fits(question, instants.get(question.text)));
      if (wrong !== undefined) row.problems.push({ column, reason: notA(wrong.text, wrong.type) });
    }
  }
}

function fits({ rangeMs: [first, last] }: TimeQuestion, instant: number | null | undefined): boolean {
  return typeof instant === 'number' && instant >= first && instant <= last;
}

/** The instant of each text in milliseconds since 1970, or null when the engine can't read it as a time. */
async function readInstants(
  engine: Engine,
  database: string,
  texts: string[],
): Promise<Map<string, number | null>> {
  const instants = new Map<string, number | null>();
  for (let start = 0; start < texts.length; start += TEXTS_MAX) {
    const part = texts.slice(start, start + TEXTS_MAX);
    const list = part.map(quoteString).join(', ');
    const sql = `SELECT arrayMap(text -> toUnixTimestamp64Milli(parseDateTime64BestEffortOrNull(text, 3, 'UTC')), [${list}]) AS instants`;
    const { body } = await engine.query({ sql, database, format: 'JSONCompactEachRow' });
    const [answers]: [unknown[]] = JSON.parse(new TextDecoder().decode(body));
    for (const [i, text] of part.entries())
      instants.set(text, answers[i] === null ? null : Number(answers[i]));
  }
  return instants;
}
