import { Random } from '@goldcrest/example-web-analytics';
import { nodeDisk, readConfig, startServer } from '@goldcrest/server';
import pino from 'pino';
import { faultyDisk } from './disk.js';
import { faultyEngine } from './engine.js';
import { Faults } from './faults.js';
import { readFaultFlags } from './flags.js';

// A server as it is started by its own program, but its disk and its engine fail now and then. It ends when it is killed.
const { seed, chances, flags } = readFaultFlags(process.argv.slice(2));
const faults = new Faults(new Random(seed), chances);
const options = {
  disk: faultyDisk(nodeDisk, faults),
  wrapEngine: (engine: Parameters<typeof faultyEngine>[0]) => faultyEngine(engine, faults),
};
const log = pino({ base: null }, pino.destination({ fd: 2, sync: true }));
const server = await startServer(readConfig(flags, {}), log, options);
process.stdout.write(`running at ${server.url}\n`);
