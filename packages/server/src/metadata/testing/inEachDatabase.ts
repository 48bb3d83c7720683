import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { type Metadata, openMetadata } from '../open.js';
import { testDatabases } from './databases.js';
import { aWorkspace } from './records.js';

/** What a test works with; read the properties inside a test and not before, they are set when it starts. */
export interface TestWorkspace {
  readonly metadata: Metadata;
  /** A new Workspace for each test; its name is its id. */
  readonly workspaceId: string;
}

/** Runs the same tests on every kind of metadata database; the title says when one is skipped and why. */
export function inEachDatabase(title: string, tests: (on: TestWorkspace) => void): void {
  for (const databases of testDatabases) {
    const skipped = databases.missing === undefined ? '' : ` (skipped: ${databases.missing})`;
    describe.skipIf(skipped !== '')(`${title} in ${databases.kind}${skipped}`, () => {
      let metadata: Metadata | undefined;
      let workspaceId = '';
      const on: TestWorkspace = {
        get metadata() {
          if (metadata === undefined) throw new Error('Read the metadata inside a test.');
          return metadata;
        },
        get workspaceId() {
          return workspaceId;
        },
      };
      beforeAll(async () => {
        await databases.start();
        metadata = await openMetadata(await databases.empty());
      });
      afterAll(async () => {
        await metadata?.close();
        await databases.stop();
      });
      beforeEach(async () => {
        workspaceId = randomUUID();
        await on.metadata.workspaces.create(aWorkspace({ id: workspaceId, name: workspaceId }));
      });
      tests(on);
    });
  }
}
