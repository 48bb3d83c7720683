import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { readJson } from '../metadata/stored.js';

const materialization = Type.Object({
  /** The Data Source that the rows go to. */
  datasourceId: Type.String(),
  /** The Data Source whose new rows the view is run on (MZ-01). */
  triggerId: Type.String(),
  /** Every Data Source that is read, the trigger among them. */
  readIds: Type.Array(Type.String()),
  /** Every node that the SQL is made from, the node itself among them. */
  nodeIds: Type.Array(Type.String()),
  /** The SELECT of the engine's view, as it was compiled when the node was materialized. */
  sql: Type.String(),
});

const stored = Compile(materialization);

/** What a materialized node is (MV-01): where its rows come from, where they go, and the SQL that makes them. */
export type NodeMaterialization = Static<typeof materialization>;

/** Reads the column `pipe_nodes.materialization`. @throws MetadataCorruptError */
export function readMaterialization(nodeId: string, text: string | null): NodeMaterialization | null {
  if (text === null) return null;
  return readJson(stored, text, `pipe_nodes.materialization of ${nodeId}`);
}
