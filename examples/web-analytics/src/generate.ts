import { runCommand } from './command.js';

// A reader that has gone is reported once more after the last write; it has been dealt with there.
process.stdout.on('error', () => {});
process.exitCode = await runCommand(process.argv.slice(2), { out: process.stdout, err: process.stderr });
