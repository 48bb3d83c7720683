import type { TextBlock } from './block.js';
import type { InstructionName } from './catalogue/index.js';
import type { Position } from './problem.js';

/** One instruction of a file with the text of its value. */
export interface Statement {
  name: InstructionName;
  /** Where the instruction stands. */
  position: Position;
  /** The value: without quotes and comment, or the block. */
  value: TextBlock;
  /** 0 in the file itself, 1 in a file that it includes, and so on. The nearer statement counts. (DF-13) */
  depth: number;
}
