import { runCommand } from './command.js';

const line = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(`${text}\n`);
process.exitCode = await runCommand(process.argv.slice(2), line(process.stdout), line(process.stderr));
