import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests run on the sources: `@goldcrest/x` is that package's `src`, so a stale build can't pass. */
const packages = fileURLToPath(new URL('./packages/', import.meta.url));
const alias = [
  { find: '@goldcrest/server/testing', replacement: `${packages}server/src/testing/harness.ts` },
  ...readdirSync(packages).map((name) => ({
    find: `@goldcrest/${name}`,
    replacement: `${packages}${name}/src/index.ts`,
  })),
];

export default defineConfig({
  resolve: { alias },
  test: {
    include: [
      '{packages,examples}/*/src/**/*.test.ts',
      '{bench,crash}/src/**/*.test.ts',
      'e2e/{attacks,clients,examples,reference}/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    setupFiles: ['scripts/testSeed.ts'],
    // A process holds one embedded engine, so each test file has a process of its own.
    pool: 'forks',
    isolate: true,
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    env: { UV_THREADPOOL_SIZE: '16' },
  },
});
