import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { LogDisk } from '../log/disk.js';
import { writeFile } from '../log/repair.js';
import type { Segment } from '../log/segment.js';

const Amount = Type.Object({ rows: Type.Number(), bytes: Type.Number() });

/** A view on a way on which it fails, and the rows that it misses for that. */
const Finding = Type.Object({
  /** The nodes of the views on the way, this one's at last. */
  nodes: Type.Array(Type.String()),
  /** Why it failed first. */
  reason: Type.String(),
  /** The rows on which it fails, by index in the segment; null when it misses all. */
  own: Type.Union([Type.Array(Type.Integer()), Type.Null()]),
  /** Those and the ones that do not come as far. */
  stopped: Type.Array(Type.Integer()),
});
export type Finding = Static<typeof Finding>;

/** What was found of a segment whose rows are in the Data Source, and in all views that do not fail. */
const Findings = Type.Object({
  /** The rows that the engine has refused, by index. */
  refused: Type.Array(Type.Integer()),
  cost: Type.Object({ written: Amount, quarantined: Amount, engineSeconds: Type.Number() }),
  views: Type.Array(Finding),
});
export type Findings = Static<typeof Findings>;
const isFindings = Compile(Findings);

/**
 * Writes what was found beside the segment, before a view gets fewer rows than all: a start after a crash goes on from there, and does not try
 * again to give it all, which by then it may take.
 * @throws the system's error
 */
export async function keepFindings(
  { disk, directory }: { disk: LogDisk; directory: string },
  segment: Segment,
  findings: Findings,
): Promise<void> {
  await writeFile(disk, segment.findingsPath, Buffer.from(JSON.stringify(findings)));
  segment.hasFindings = true;
  await disk.syncDirectory(directory);
}

/** Reads what an earlier process found; null when it did not come to the end of writing it, so that nothing followed. */
export async function readFindings(disk: LogDisk, segment: Segment): Promise<Findings | null> {
  if (!segment.hasFindings) return null;
  const text = (await disk.read(segment.findingsPath)).toString('utf8');
  try {
    const found: unknown = JSON.parse(text);
    return isFindings.Check(found) ? found : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
