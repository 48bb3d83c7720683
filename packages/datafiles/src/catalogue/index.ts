import { nearestName } from '@goldcrest/sql';
import { COMMON } from './common.js';
import { CONNECTION } from './connection.js';
import { ENGINE } from './engine.js';
import { EXPORT } from './export.js';
import { IMPORT } from './import.js';
import type { Form, Instruction, Place } from './instruction.js';
import { KAFKA } from './kafka.js';
import { NODE } from './node.js';

export type { Form, Instruction, Place } from './instruction.js';

const CATALOGUE = { ...COMMON, ...ENGINE, ...NODE, ...KAFKA, ...IMPORT, ...EXPORT, ...CONNECTION };

/** The name of an instruction, in upper case. */
export type InstructionName = keyof typeof CATALOGUE;

/** What kind of file is read, which is what its extension says. (DF-01) */
export type FileKind = 'datasource' | 'pipe' | 'include' | 'connection';

/** The table of all instructions, by name. */
export const INSTRUCTIONS: Readonly<Record<InstructionName, Instruction>> = CATALOGUE;

// The keys of the table are the names: `Object.keys` only forgets that.
const NAMES = Object.keys(CATALOGUE) as InstructionName[];
const BY_WORD: ReadonlyMap<string, InstructionName> = new Map(NAMES.map((name) => [name, name]));

/** Where the instructions of a kind of file may stand. An include is inserted in either of two kinds. (DF-13) */
export const PLACES: Readonly<Record<FileKind, readonly Place[]>> = {
  datasource: ['datasource'],
  pipe: ['pipe', 'node'],
  include: ['datasource', 'pipe', 'node'],
  connection: ['connection'],
};

/** The extension of each kind of file. (DF-01) */
export const EXTENSIONS: Readonly<Record<FileKind, string>> = {
  datasource: '.datasource',
  pipe: '.pipe',
  include: '.incl',
  connection: '.connection',
};

const BLOCK_FORMS: ReadonlySet<Form> = new Set(['prose', 'sql', 'schema', 'indexes']);

/** True for instructions whose value is a block of lines, even when it stands on one. (DF-05) */
export function takesBlock(name: InstructionName): boolean {
  return BLOCK_FORMS.has(INSTRUCTIONS[name].form);
}

/** The instruction that a word in upper case is, if any. */
export function instructionNamed(word: string): InstructionName | undefined {
  return BY_WORD.get(word);
}

/** True when the instruction may stand somewhere in this kind of file. */
export function isAllowedIn(name: InstructionName, kind: FileKind): boolean {
  return INSTRUCTIONS[name].in.some((place) => PLACES[kind].includes(place));
}

/** The instructions that may stand in each kind of file, in the order of the table. */
const OF_KIND: Readonly<Record<FileKind, readonly InstructionName[]>> = {
  datasource: NAMES.filter((name) => isAllowedIn(name, 'datasource')),
  pipe: NAMES.filter((name) => isAllowedIn(name, 'pipe')),
  include: NAMES.filter((name) => isAllowedIn(name, 'include')),
  connection: NAMES.filter((name) => isAllowedIn(name, 'connection')),
};

/** The instructions that may stand in this kind of file, in the order of the table. */
export function instructionsOf(kind: FileKind): readonly InstructionName[] {
  return OF_KIND[kind];
}

/** The instruction of this kind of file that a misspelt word most likely means. */
export function nearestInstruction(word: string, kind: FileKind): InstructionName | undefined {
  return BY_WORD.get(nearestName(word, instructionsOf(kind)) ?? '');
}
