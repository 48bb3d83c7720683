export { applyProject, endpointNames } from './apply.js';
export { runCommand } from './command.js';
export { type FixtureCounts, sendFixtures } from './fixtures.js';
export { ProjectError } from './problems.js';
export { type Project, readProject } from './read.js';
export { askEndpoint, parseTests, readTests, type TestAnswer, type TestCase } from './tests.js';
