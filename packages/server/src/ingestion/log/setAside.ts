import { join } from 'node:path';
import type { EventLog } from './eventLog.js';
import { writeFile } from './repair.js';
import type { Segment } from './segment.js';

/**
 * Moves a segment out of the way, with a file beside it that says why. That comes first: it is what a full disk refuses, and then the
 * segment is still where it can be tried again.
 */
export async function setAside(log: EventLog, segment: Segment, reason: string): Promise<void> {
  const { disk, setAside: aside, directory } = log;
  await writeFile(disk, join(aside, `${segment.name}.error`), Buffer.from(`${reason}\n`));
  await segment.moveTo(aside);
  // Nothing can be done about a directory that can't be synced: the segment has moved, and after a loss of power it is tried again.
  await Promise.allSettled([disk.syncDirectory(aside), disk.syncDirectory(directory)]);
}
