import { INSTRUCTIONS, type Instruction, type InstructionName, type Place } from '../catalogue/index.js';

const VALUES: Readonly<Record<Instruction['form'], string>> = {
  word: 'word',
  text: 'text',
  flag: 'True, False',
  number: 'number',
  choice: '',
  schedule: 'cron, @word',
  list: 'list',
  settings: 'name=value, …',
  expression: 'SQL expression',
  token: 'name, scope',
  include: 'path, VAR=value …',
  prose: 'text or block',
  sql: 'block',
  schema: 'block',
  indexes: 'block',
};

/** The part of the reference in `docs/datafiles.md` for one place, as a Markdown table. */
export function instructionTable(place: Place, prefix: RegExp): string {
  // The keys of the table are the names: `Object.keys` only forgets that.
  const names = Object.keys(INSTRUCTIONS) as InstructionName[];
  const rows = names
    .filter((name) => INSTRUCTIONS[name].in.includes(place) && prefix.test(name))
    .map((name) => row(name, place));
  return ['| Instruction | Value | Needed | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function row(name: InstructionName, place: Place): string {
  const instruction: Instruction = INSTRUCTIONS[name];
  const { form, doc, repeated } = instruction;
  const value = form === 'choice' ? choices(instruction, place) : VALUES[form];
  const meaning = repeated === true ? `${doc} May be repeated.` : doc;
  return `| \`${name}\` | ${value} | ${need(instruction, place)} | ${meaning} |`;
}

function choices({ values, connectionValues }: Instruction, place: Place): string {
  const allowed = place === 'connection' ? (connectionValues ?? values) : values;
  return (allowed ?? []).map((value) => `\`${value}\``).join(', ');
}

function need({ required, requiredWith, default: fallback }: Instruction, place: Place): string {
  if (required === true) return 'always';
  const here = requiredWith?.filter((condition) => stands(condition, place)) ?? [];
  if (here.length > 0) return `with ${here.map((condition) => `\`${condition}\``).join(', ')}`;
  return fallback === undefined ? '' : `default ${fallback}`;
}

/** A condition on an instruction, or on a value of it, that can't be met in this place is left out. */
function stands(condition: string, place: Place): boolean {
  const [word, value] = condition.split(' ');
  return Object.entries(INSTRUCTIONS).some(([name, { in: places, values, connectionValues }]) => {
    const allowed = place === 'connection' ? (connectionValues ?? values) : values;
    return (
      name === word && places.includes(place) && (value === undefined || allowed?.includes(value) !== false)
    );
  });
}
