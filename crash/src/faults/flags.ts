import { fileURLToPath } from 'node:url';
import { type Chances, NO_FAULTS } from './faults.js';

/** The program that starts a server with faults; compiled, also where a test runs the sources. */
export const FAULTY_SERVER = fileURLToPath(new URL('../../dist/faults/main.js', import.meta.url));

/** What goes wrong in a round with faults: often enough that every round has some, and not so often that nothing gets through. */
const CHANCES: Chances = {
  shortWrite: 0.05,
  syncError: 0.02,
  slowSync: 0.05,
  diskFull: 0.01,
  insertError: 0.1,
  insertErrorAfter: 0.1,
  slowInsert: 0.1,
  tableError: 0.02,
};

/** The flags with which the server of a round has its faults. */
export function faultFlags(seed: number, round: number): string[] {
  const chances = Object.entries(CHANCES).map(([name, chance]) => `${name}=${chance}`);
  return ['--fault-seed', String(seed * 2 ** 20 + round), '--fault-chances', chances.join(',')];
}

/** What the flags of a server with faults say. */
export interface FaultySettings {
  seed: number;
  chances: Chances;
  /** The flags of the server itself. */
  flags: ReadonlyMap<string, string>;
}

/** Reads the flags, each of which has a value behind it. @throws Error for one that it does not know */
export function readFaultFlags(args: readonly string[]): FaultySettings {
  const flags = new Map<string, string>();
  for (let i = 0; i < args.length; i += 2) flags.set((args[i] ?? '').replace(/^--/, ''), args[i + 1] ?? '');
  const seed = Number(flags.get('fault-seed') ?? 0);
  const chances = readChances(flags.get('fault-chances') ?? '');
  flags.delete('fault-seed');
  flags.delete('fault-chances');
  return { seed, chances, flags };
}

function readChances(text: string): Chances {
  const chances = { ...NO_FAULTS };
  for (const part of text.split(',').filter((each) => each !== '')) {
    const [name = '', chance = ''] = part.split('=');
    const value = Number(chance);
    if (!isFault(name) || !(value >= 0 && value <= 1))
      throw new Error(`\`${part}\` is no chance of a fault.`);
    chances[name] = value;
  }
  return chances;
}

function isFault(name: string): name is keyof Chances {
  return Object.hasOwn(NO_FAULTS, name);
}
