import { createHash } from 'node:crypto';
import type { Engine } from '@goldcrest/engine';
import { checkQuery, checkSettings, countExpansions, GateError, type GatePolicy } from '@goldcrest/sql';
import { QUARANTINE_SUFFIX } from '../datasources/tables.js';
import type { Rights } from '../tokens/index.js';
import type { Snapshot } from '../workspaces/index.js';
import type { CompiledQuery } from './compile.js';

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
  private readonly passed = new Set<string>();

  constructor(private readonly engine: Engine) {}

  /**
   * Lets a query through that names only tables which the policy allows, allowed functions and allowed settings.
   * @throws GateError when it does not, EngineError when it is not SQL
   */
  async check(query: Pick<CompiledQuery, 'sql' | 'shape' | 'settings'>, policy: NamedPolicy): Promise<void> {
    checkSettings(query.settings);
    const key = `${policy.key} ${keyOf(query.shape)}`;
    if (this.passed.has(key)) return;
    refuseExplosion(query.sql);
    checkQuery(query.sql, await this.engine.explainAst(query.sql), policy);
    const [oldest] = this.passed;
    if (this.passed.size >= PASSED_MAX && oldest !== undefined) this.passed.delete(oldest);
    this.passed.add(key);
  }
}

/** Long texts are remembered by their hash. */
function keyOf(shape: string): string {
  if (shape.length <= KEY_LENGTH_MAX) return shape;
  return createHash('sha256').update(shape).digest('base64');
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
}

/** Everything of the Workspace may be named: for the Workspace's own Pipes and its admins. */
export function workspacePolicy(snapshot: Snapshot): NamedPolicy {
  return snapshot.once('policy', () => {
    const resources = resourceNames(snapshot);
    return { key: String(snapshot.serial), resources, table: (name) => name === '_' || resources.has(name) };
  });
}

/** Only what the token may read (AU-05, AU-09, QR-09). */
export function tokenPolicy(snapshot: Snapshot, tokenId: string, rights: Rights): NamedPolicy {
  if (rights.has('ADMIN')) return workspacePolicy(snapshot);
  return snapshot.once(`policy ${tokenId}`, () => {
    const datasources = snapshot.datasources.all.filter((datasource) =>
      rights.has('DATASOURCES:READ', datasource),
    );
    const pipes = snapshot.pipes.all.filter((pipe) => rights.has('PIPES:READ', pipe));
    const readable = new Set([
      ...datasources.flatMap(({ name }) => [name, name + QUARANTINE_SUFFIX]),
      ...pipes.map(({ name }) => name),
    ]);
    const key = `${snapshot.serial} ${tokenId}`;
    return { key, resources: resourceNames(snapshot), table: (name) => readable.has(name) };
  });
}

function resourceNames(snapshot: Snapshot): ReadonlySet<string> {
  return snapshot.once('resource names', () => {
    const datasources = snapshot.datasources.names.flatMap((name) => [name, name + QUARANTINE_SUFFIX]);
    return new Set([...datasources, ...snapshot.pipes.names]);
  });
}
