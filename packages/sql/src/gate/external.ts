import type { AddressList } from './address.js';
import type { AstNode } from './ast.js';
import {
  EXTERNAL_FORMATS,
  EXTERNAL_FUNCTIONS,
  type ExternalFunction,
  fitsArgument,
  isHidden,
} from './externalFunctions.js';
import { GateError } from './gateError.js';
import { argumentsOf } from './names.js';
import type { Secrets } from './secrets.js';
import { tableFunctionFault } from './tableFunctions.js';
import { textOfLiteral } from './text.js';

/** What a Workspace may read from other servers. */
export interface ExternalSources {
  /** Table functions in lower case, of `EXTERNAL_FUNCTIONS`. */
  functions: ReadonlySet<string>;
  addresses: AddressList;
}

/** What one query reads from other servers; filled while it is checked. */
export interface ExternalUse {
  /** `host:port`, one for each call. */
  addresses: string[];
  /** Passwords and keys that messages must not show. */
  hidden: string[];
  /** The literals that stand for secrets, where they may. */
  placed: Set<AstNode>;
}

/** What is known of the query around a call. */
interface Around {
  sources: ExternalSources | undefined;
  secrets: Secrets;
  aliases: ReadonlySet<string>;
  use: ExternalUse;
}

/**
 * Checks a call of a table function that reads from another server: allowed by the Workspace, with an address that is
 * written out and allowed, and with plain arguments only: no computed ones, no settings, no named collection (PS-08).
 *
 * @throws GateError of kind `tableFunction`
 */
export function checkExternal(node: AstNode, { sources, ...around }: Around): void {
  const name = node.detail;
  const external = EXTERNAL_FUNCTIONS.get(name.toLowerCase());
  if (external === undefined || sources === undefined || !sources.functions.has(external.name)) {
    throw refused(
      name,
      `${tableFunctionFault(name)} Or an admin allows ${name} for this Workspace, see docs/security.md.`,
    );
  }
  const [first, ...rest] = argumentsOf(node);
  if (first?.kind === 'Identifier')
    throw refused(name, 'can not use a named collection; write its arguments out.');
  const address = external.addressOf(readText(name, first, external.example, around));
  if (address === undefined) {
    throw refused(name, `needs one plain address as its first argument, such as '${external.example}'.`);
  }
  const text = `${address.host}:${address.port}`;
  if (!sources.addresses.allows(address)) {
    throw refused(
      name,
      `may not read from ${shownAddress(first, text, around)}: the address is not among those that this Workspace allows.`,
    );
  }
  around.use.addresses.push(text);
  checkArguments(external, rest, around);
}

function checkArguments(
  external: ExternalFunction,
  rest: readonly AstNode[],
  around: Omit<Around, 'sources'>,
): void {
  const { name, arguments: kinds, required } = external;
  if (rest.length > kinds.length || rest.length < required)
    throw refused(name, `can not be used with ${rest.length + 1} arguments here.`);
  for (const [at, node] of rest.entries()) {
    const kind = kinds[at] ?? 'option';
    if (node.kind === 'Identifier') {
      checkWord(external, node, around.aliases);
      continue;
    }
    const text = readText(name, node, `a plain text as argument ${at + 2}`, around);
    if (!fitsArgument(kind, text))
      throw refused(name, `can not take that as argument ${at + 2}: it has to be a plain ${kind}.`);
    if (isHidden(kind, text)) around.use.hidden.push(text);
  }
}

/** Formats and NOSIGN may stand without quotes, unless the query gives that name to something else. */
function checkWord(
  { name, arguments: kinds }: ExternalFunction,
  { detail, alias }: AstNode,
  aliases: ReadonlySet<string>,
): void {
  const known = EXTERNAL_FORMATS.has(detail.toLowerCase()) || detail.toLowerCase() === 'auto';
  const takesWords = kinds.includes('format') || kinds.includes('option');
  const nosign = detail.toUpperCase() === 'NOSIGN' && kinds.includes('option');
  if (takesWords && (known || nosign) && alias === null && !aliases.has(detail)) return;
  throw refused(name, `can not take ${detail} as an argument; write texts in quotes.`);
}

/** The text of a literal, or of the secret that it stands for. */
function readText(
  name: string,
  node: AstNode | undefined,
  wanted: string,
  { secrets, use }: Pick<Around, 'secrets' | 'use'>,
): string {
  const text = node === undefined ? undefined : textOfLiteral(node);
  if (node === undefined || text === undefined || node.alias !== null) {
    throw refused(name, `needs ${wanted}, in quotes: nothing computed, no alias and no settings.`);
  }
  const secret = secrets.get(text);
  if (secret === undefined) return text;
  use.placed.add(node);
  use.hidden.push(secret);
  return secret;
}

function shownAddress(
  first: AstNode | undefined,
  address: string,
  { secrets }: Pick<Around, 'secrets'>,
): string {
  const text = first === undefined ? undefined : textOfLiteral(first);
  return text !== undefined && secrets.has(text) ? 'the address in that secret' : address;
}

function refused(name: string, why: string): GateError {
  return new GateError('tableFunction', name, `The table function ${name} ${why}`);
}
