// Runs every check of the repository: format and lint, dead code, tests. Types were checked when `npm test` built.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directory = mkdtempSync(join(tmpdir(), 'goldcrest-check-'));
const results = join(directory, 'results.json');

/** Runs a step and gives back whether it passed. */
function step(title, command, args) {
  process.stdout.write(`\n== ${title}\n`);
  const { status, error } = spawnSync(`node_modules/.bin/${command}`, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error) process.stderr.write(`${command} could not be run: ${error.message}\n`);
  return status === 0;
}

const passed = [
  step('format and lint', 'biome', ['ci', '.']),
  step('dead code', 'knip', []),
  step('tests', 'vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${results}`,
    ...process.argv.slice(2),
  ]),
].every(Boolean);

try {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(results, 'utf8'));
  const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
  process.stdout.write(`\n${numPassedTests} passed, ${numFailedTests} failed${skipped}\n`);
} catch (error) {
  process.stderr.write(`The tests left no results: ${error.message}\n`);
}
rmSync(directory, { recursive: true, force: true });
if (!passed) process.stderr.write('Not everything passed; what did not is above.\n');
process.exit(passed ? 0 : 1);
