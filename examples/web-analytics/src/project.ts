import { fileURLToPath } from 'node:url';
import type { GoldcrestClient } from '@goldcrest/client';
import { applyProject, type Project, readProject } from '@goldcrest/project';

/** The folder with the project's datafiles. */
export const DIRECTORY = fileURLToPath(new URL('..', import.meta.url));

/** The Data Source of the shops' page hits. */
export const PAGE_HITS = 'page_hits';

/** The project, read from its datafiles. */
export function webAnalytics(): Promise<Project> {
  return readProject(DIRECTORY);
}

/**
 * Makes the project's Data Source and Pipes and publishes the endpoints (DS-28, PI-07, EP-01). What is there already is left as
 * it is, so it can be applied again.
 * @throws ApiReplyError when the server refuses
 */
export async function applyWebAnalytics(client: GoldcrestClient): Promise<void> {
  await applyProject(client, await webAnalytics());
}
