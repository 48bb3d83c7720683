import { createHash } from 'node:crypto';
import { type Engine, EngineError } from '@goldcrest/engine';
import {
  AddressList,
  checkQuery,
  checkSettings,
  countExpansions,
  differInValuesOnly,
  GateError,
  type GatePolicy,
  type PassedQuery,
  STANDARD_ALLOWANCE,
} from '@goldcrest/sql';
import { QUARANTINE_SUFFIX } from '../datasources/tables.js';
import { type ExternalPermission, sourcesOf } from '../external/index.js';
import { isServiceTable } from '../service-datasources/index.js';
import type { Rights } from '../tokens/index.js';
import type { Snapshot } from '../workspaces/index.js';
import type { CompiledQuery } from './compile.js';
import type { QuerySecrets } from './secrets.js';

/** How many queries the WITH clauses of one query may become. Real ones stay below a hundred. */
const EXPANSIONS_MAX = 1000;

/** Queries that passed and need not be read again while they stay the same; the oldest go first. */
const PASSED_MAX = 5_000;

/** Up to this length a text is its own key, which is quicker than a hash. */
const KEY_LENGTH_MAX = 4096;

/**
 * The gate in front of the engine (design §6): one SELECT that names only what it may. It asks the engine for the query's
 * syntax tree, which resolves and runs nothing.
 */
export class Gate {
  private readonly passed = new Map<string, PassedQuery>();

  /** @param externalAddresses other servers that a Workspace may allow its queries to read from */
  constructor(
    private readonly engine: Engine,
    private readonly externalAddresses = AddressList.none,
  ) {}

  /**
   * Lets a query through that names only tables which the policy allows, allowed functions and allowed settings; at once when one of its
   * shape has passed before.
   * @returns what it reads from other servers, and which texts in it are not to be shown
   * @throws GateError when it does not, EngineError when it is not SQL
   */
  check(query: CheckedText, policy: NamedPolicy): PassedQuery | Promise<PassedQuery> {
    checkSettings(query.settings, policy.allowance?.settings);
    const key = keyOf(query, policy);
    const before = this.passed.get(key);
    if (before !== undefined) return before;
    const ownKey = query.shape === query.sql ? key : keyOf({ ...query, shape: query.sql }, policy);
    return this.passed.get(ownKey) ?? this.checkAnew(query, policy, { key, ownKey });
  }

  private async checkAnew(
    query: CheckedText,
    policy: NamedPolicy,
    { key, ownKey }: { key: string; ownKey: string },
  ): Promise<PassedQuery> {
    refuseExplosion(query.sql);
    const ast = await this.engine.explainAst(query.sql);
    const passed = checkQuery(query.sql, ast, this.within(policy), query.secrets?.marked);
    const [oldest] = this.passed.keys();
    if (this.passed.size >= PASSED_MAX && oldest !== undefined) this.passed.delete(oldest);
    this.passed.set(key === ownKey || (await this.isShapedLike(query, ast)) ? key : ownKey, passed);
    return passed;
  }

  /** Whether the engine reads a query's shape as it reads the query: only then what passed holds for all of that shape. */
  private async isShapedLike({ shape }: CheckedText, ast: string): Promise<boolean> {
    try {
      return differInValuesOnly(ast, await this.engine.explainAst(shape));
    } catch (error) {
      if (error instanceof EngineError || error instanceof GateError) return false;
      throw error;
    }
  }

  /** The policy with what of its Workspace's permission the operator lets it have. */
  private within({ permission, ...policy }: NamedPolicy): GatePolicy {
    if (permission === undefined || permission.functions.length === 0) return policy;
    return { ...policy, external: sourcesOf(permission, this.externalAddresses) };
  }
}

/** A query as it is checked: its secrets are marks in its text. */
interface CheckedText extends Pick<CompiledQuery, 'sql' | 'shape' | 'settings'> {
  secrets?: QuerySecrets;
}

/**
 * Long texts are remembered by their hash. With secrets it matters where each one stands, and which values they have: an address may
 * be one.
 */
function keyOf({ sql, shape, secrets }: CheckedText, policy: NamedPolicy): string {
  // A text that is its own shape has a key of its own: that it passes says nothing of texts with other values.
  const begin = `${policy.key} ${shape === sql ? 'text' : 'shape'} `;
  if (secrets === undefined || secrets.marked.size === 0) return begin + shortened(shape);
  return `${policy.key} marked ${hashed(`${sql}\0${[...secrets.marked].join('\0')}`)}`;
}

function shortened(text: string): string {
  return text.length <= KEY_LENGTH_MAX ? text : hashed(text);
}

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

/** The engine's own time limit does not count while it puts queries in place of their names. */
function refuseExplosion(sql: string): void {
  const count = countExpansions(sql);
  if (count <= EXPANSIONS_MAX) return;
  const message = `The query reads its WITH queries and Pipes ${count} times in all, once for each place that names them; at most ${EXPANSIONS_MAX} are allowed.`;
  throw new GateError('syntax', 'WITH', message);
}

/** A policy with a key under which what passed is remembered. */
export interface NamedPolicy extends GatePolicy {
  key: string;
  /** What its Workspace allows to be read from other servers, if a query under it may at all. */
  permission?: ExternalPermission;
}

/**
 * What queries may use, by whose words they are: a token that is no admin's reads its tables with everything harmless, and never
 * from other servers. The Workspace's own Pipes and its admins may do that too, as far as the Workspace allows it (PS-08).
 */
const ALLOWANCES = {
  token: STANDARD_ALLOWANCE,
  /** In `view(SELECT …)` a name means the table itself and not its rows that the token may read, which are put in front of the query. */
  someRows: { ...STANDARD_ALLOWANCE, tableFunctions: without(STANDARD_ALLOWANCE.tableFunctions, 'view') },
  workspace: STANDARD_ALLOWANCE,
} as const;

function without(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  return new Set([...names].filter((other) => other !== name));
}

/** Everything of the Workspace and the Service Data Sources may be named: for the Workspace's own Pipes and its admins. */
export function workspacePolicy(snapshot: Snapshot): NamedPolicy {
  return snapshot.once('policy', () => {
    const resources = resourceNames(snapshot);
    const pipes = new Set(snapshot.pipes.names);
    return {
      key: String(snapshot.serial),
      resources,
      table: (name) => resources.has(name),
      isPipe: (name) => pipes.has(name),
      allowance: ALLOWANCES.workspace,
      permission: snapshot.externalSources,
      qualified: isServiceTable,
    };
  });
}

/** The same for a text of somebody else around Pipes of the Workspace, which must not change what they mean (AU-17). */
export function aroundPipesPolicy(snapshot: Snapshot): NamedPolicy {
  return snapshot.once('policy around Pipes', () => {
    const policy = workspacePolicy(snapshot);
    return { ...policy, key: `${policy.key} around Pipes`, aroundPipes: true };
  });
}

/** Only what the token may read (AU-05, AU-09, QR-09). */
export function tokenPolicy(snapshot: Snapshot, rights: Rights): NamedPolicy {
  if (rights.has('ADMIN')) return workspacePolicy(snapshot);
  return snapshot.once(`policy ${rights.serial}`, () => {
    const datasources = snapshot.datasources.all.filter((datasource) => rights.readsRowsOf(datasource));
    const pipes = snapshot.pipes.all.filter((pipe) => rights.has('PIPES:READ', pipe));
    const readable = new Set([
      ...datasources.flatMap(({ name }) => [name, name + QUARANTINE_SUFFIX]),
      ...pipes.map(({ name }) => name),
    ]);
    const key = `${snapshot.serial} token ${rights.serial}`;
    return {
      key,
      resources: resourceNames(snapshot),
      table: (name) => readable.has(name),
      allowance: rights.filters.size === 0 ? ALLOWANCES.token : ALLOWANCES.someRows,
    };
  });
}

function resourceNames(snapshot: Snapshot): ReadonlySet<string> {
  return snapshot.once('resource names', () => {
    const datasources = snapshot.datasources.names.flatMap((name) => [name, name + QUARANTINE_SUFFIX]);
    return new Set([...datasources, ...snapshot.pipes.names]);
  });
}
