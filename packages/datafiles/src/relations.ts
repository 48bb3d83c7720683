import { INSTRUCTIONS, type InstructionName, instructionNamed } from './catalogue/index.js';
import type { Fields } from './fields.js';

/** `TYPE copy`: the instruction is there with that value; `ENGINE_VER`: it is there. */
interface Condition {
  text: string;
  name: InstructionName;
  /** In lower case. */
  value: string | undefined;
}

/** An instruction that needs others or is needed by them. */
interface Relation {
  name: InstructionName;
  requiredWith: readonly Condition[];
  onlyWith: readonly Condition[];
}

/** The relations among instructions that may stand in one place, from the table of instructions. */
export function relationsOf(names: readonly InstructionName[]): Relation[] {
  const relations = names.map((name) => {
    const { requiredWith = [], onlyWith = [] } = INSTRUCTIONS[name];
    return {
      name,
      requiredWith: requiredWith.flatMap(readCondition),
      onlyWith: onlyWith.flatMap(readCondition),
    };
  });
  return relations.filter(({ requiredWith, onlyWith }) => requiredWith.length + onlyWith.length > 0);
}

function readCondition(text: string): Condition[] {
  const [word = '', value] = text.split(' ');
  const name = instructionNamed(word);
  return name === undefined ? [] : [{ text, name, value: value?.toLowerCase() }];
}

/** Checks which instructions need which others. (DFD-13…DFD-25, DFP-05…DFP-11) */
export function checkRelations(fields: Fields, relations: readonly Relation[]): void {
  for (const relation of relations) {
    if (!fields.has(relation.name)) checkMissing(fields, relation);
    else if (fields.block(relation.name) === null) checkEmpty(fields, relation);
    else checkCompany(fields, relation);
  }
}

function checkCompany(fields: Fields, { name, onlyWith }: Relation): void {
  if (onlyWith.length === 0 || onlyWith.some((condition) => mayHold(fields, condition))) return;
  const texts = onlyWith.map(({ text }) => text);
  fields.report(name, `${name} makes sense only with ${texts.join(' or ')}.`);
}

function checkMissing(fields: Fields, { name, requiredWith }: Relation): void {
  const reason = requiredWith.find((condition) => holds(fields, condition));
  if (reason === undefined) return;
  fields.report(reason.name, `${name} is missing; ${reason.text} needs it.`, INSTRUCTIONS[name].doc);
}

/** What others need has to have a value. */
function checkEmpty(fields: Fields, relation: Relation): void {
  const { name, requiredWith } = relation;
  const reason = requiredWith.find((condition) => condition.name !== name && holds(fields, condition));
  if (reason === undefined) checkCompany(fields, relation);
  else fields.report(name, `${name} is empty; ${reason.text} needs it.`, INSTRUCTIONS[name].doc);
}

/** A value that is not allowed is reported already, and may be a misspelt one that would do. */
function mayHold(fields: Fields, condition: Condition): boolean {
  const { values } = INSTRUCTIONS[condition.name];
  const value = fields.text(condition.name)?.toLowerCase();
  const isKnown = values === undefined || values.some((each) => each.toLowerCase() === value);
  return holds(fields, condition) || (!isKnown && fields.has(condition.name));
}

function holds(fields: Fields, { name, value }: Condition): boolean {
  return fields.has(name) && (value === undefined || fields.text(name)?.toLowerCase() === value);
}
