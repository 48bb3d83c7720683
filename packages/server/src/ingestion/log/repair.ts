import { join } from 'node:path';
import type { LogDisk } from './disk.js';
import { scanRecords } from './record.js';

/** What of a segment that a crash left was right. */
export interface Repaired {
  bytes: number;
  rows: number;
  quarantined: number;
  /** Bytes of a last record that was being written when the process ended. */
  torn: number;
  /** Whether more was wrong than that. The file as it was is in the other directory then. */
  damaged: boolean;
}

/**
 * Makes a segment that was found hold whole records only. A record at its end that is not whole was never acknowledged and is cut off.
 * Damage in between is something else: what is whole is kept, and the damaged file is put aside for a person to look at.
 * @throws the system's error; nothing is lost then, and it can be repeated
 */
export async function repairSegment(
  disk: LogDisk,
  paths: { directory: string; setAside: string; name: string },
): Promise<Repaired> {
  const path = join(paths.directory, paths.name);
  const found = await disk.read(path);
  const { bytes, records, damaged } = scanRecords(found);
  const parts = records.map(({ start, end }) => bytes.subarray(start, end));
  const whole = parts.reduce((sum, part) => sum + part.length, 0);
  if (damaged || whole < found.length) {
    if (damaged) {
      await writeFile(disk, join(paths.setAside, `${paths.name}.damaged`), found);
      await disk.syncDirectory(paths.setAside);
    }
    const draft = `${path}.draft`;
    await writeFile(disk, draft, Buffer.concat(parts));
    await disk.rename(draft, path);
    await disk.syncDirectory(paths.directory);
  }
  return {
    bytes: whole,
    rows: records.reduce((sum, { rowCount }) => sum + rowCount, 0),
    quarantined: records.reduce((sum, { quarantinedCount }) => sum + quarantinedCount, 0),
    torn: damaged ? 0 : found.length - whole,
    damaged,
  };
}

/** Writes a file that is not there, or anew. @param isKept whether it is to survive a loss of power */
export async function writeFile(disk: LogDisk, path: string, bytes: Buffer, isKept = true): Promise<void> {
  await disk.remove(path);
  const file = await disk.create(path, 'when-asked');
  try {
    for (let at = 0; at < bytes.length; ) {
      const written = await file.write(bytes.subarray(at), at);
      if (written === 0) throw new Error(`Nothing more can be written to ${path}.`);
      at += written;
    }
    if (isKept) await file.sync();
  } finally {
    await file.close();
  }
}
