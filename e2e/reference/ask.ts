import type { GoldcrestClient } from '@goldcrest/client';
import { parsePipe } from '@goldcrest/datafiles';
import { applyProject, ProjectError } from '@goldcrest/project';
import type { ReferenceCase } from './readCases.js';

/** What a request answered: its result, or an error. */
export type Answer =
  | { status: number; columns: string[]; rows: unknown[][] }
  | { status: number; error: string };

/** The Pipe that a sample is, while it is asked. */
const PIPE = 'sample_of_reference';

/**
 * Asks what a case asks. A Pipe is made and published, and removed afterwards; SQL goes to the Query API, with its parameters
 * beside it in the body.
 * @returns an answer for each question
 * @throws ProjectError, ApiReplyError when the Pipe can't be made
 */
export async function ask(client: GoldcrestClient, one: ReferenceCase): Promise<Answer[]> {
  if (!/^(?:NODE|INCLUDE|DESCRIPTION|TAGS)\b/.test(one.sample)) return askQuery(client, one);
  const { definition, problems } = parsePipe(one.sample, `endpoints/${PIPE}.pipe`, {
    include: (path) => one.files.get(path),
  });
  if (problems.length > 0) throw new ProjectError(problems);
  await applyProject(client, { datasources: [], pipes: [definition] });
  try {
    return await answers(one, ({ parameters }) =>
      client.fetch({ method: 'GET', path: `/v0/pipes/${PIPE}.json?${parameters}` }),
    );
  } finally {
    await client.fetch({ method: 'DELETE', path: `/v0/pipes/${PIPE}` });
  }
}

function askQuery(client: GoldcrestClient, one: ReferenceCase): Promise<Answer[]> {
  return answers(one, ({ parameters }) => {
    const body = JSON.stringify({ ...Object.fromEntries(new URLSearchParams(parameters)), q: one.sample });
    return client.fetch({ method: 'POST', path: '/v0/sql', body, contentType: 'application/json' });
  });
}

/** One after the other, so that what a service logs is in their order. */
async function answers(
  { questions }: ReferenceCase,
  request: (question: ReferenceCase['questions'][number]) => Promise<Response>,
): Promise<Answer[]> {
  const all: Answer[] = [];
  for (const question of questions) all.push(await answerOf(await request(question)));
  return all;
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  if (!response.ok) return { status: response.status, error: String(JSON.parse(text).error) };
  const { meta, data }: { meta: { name: string; type: string }[]; data: Record<string, unknown>[] } =
    JSON.parse(text);
  return {
    status: response.status,
    columns: meta.map(({ name, type }) => `${name} ${type}`),
    // A name that is there twice has one value here: JSON.parse keeps the last.
    rows: data.map((row) => Object.values(row)),
  };
}
