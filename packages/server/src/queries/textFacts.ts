import {
  dependsOnLiterals,
  isSignificant,
  lex,
  mentionedNames,
  mentionedTables,
  splitSelect,
  withNames,
} from '@goldcrest/sql';
import type { Pipe } from '../pipes/store.js';
import type { Snapshot } from '../workspaces/index.js';

/** The databases of service Data Sources (SV-01). */
const SERVICE_DATABASES = ['tinybird', 'organization'];

/** How a SELECT begins, which decides how table expressions are put in front of it. */
export type Head =
  | { kind: 'select' }
  | { kind: 'bracket' }
  /** `rest`: the offset of what follows WITH, or WITH RECURSIVE. */
  | { kind: 'with'; recursive: boolean; rest: number };

/**
 * How names of tables are looked for in a text: where a table can stand, or in every word. The first can overlook one where words are used
 * in ways that nobody thought of; the second takes columns and aliases for tables that are called like one.
 */
export type Mentions = 'tables' | 'words';

/** Names that a text has, and the Pipes among them. */
interface Named {
  names: ReadonlySet<string>;
  pipes: readonly Pipe[];
}

/** What the tokens of a text tell. It is the same for all texts of one shape. */
export interface TextFacts {
  /** What it may read, by how names are looked for. */
  named: Readonly<Record<Mentions, Named>>;
  /** The names that WITH gives to queries. */
  withNames: ReadonlySet<string>;
  /** Whether a name is that of a database of service Data Sources. */
  readsService: boolean;
  /** Whether the text is a SELECT and nothing else: no SETTINGS, no FORMAT, nothing to cut off or to replace. */
  whole: boolean;
  head: Head;
  /** Whether the values of literals can decide what is read, as in `joinGet('table', …)`. */
  dependsOnLiterals: boolean;
}

/** Characters of texts that are kept for one Workspace, and of one of them; what is kept of a text takes about ten times its length. */
const KEPT_LENGTHS_MAX = 1024 * 1024;
const KEPT_LENGTH_MAX = 64 * 1024;

/** Remembers what is known of texts in one version of a Workspace, the newest of them. */
export class KnownTexts {
  private readonly known = new Map<string, TextFacts>();
  private lengths = 0;

  constructor(private readonly snapshot: Snapshot) {}

  /** @throws SqlTextError when the text is no statement */
  of(shape: string): TextFacts {
    const before = this.known.get(shape);
    if (before !== undefined) return before;
    const facts = readFacts(this.snapshot, shape);
    if (shape.length <= KEPT_LENGTH_MAX) this.keep(shape, facts);
    return facts;
  }

  private keep(shape: string, facts: TextFacts): void {
    this.known.set(shape, facts);
    this.lengths += shape.length;
    for (const oldest of this.known.keys()) {
      if (this.lengths <= KEPT_LENGTHS_MAX) return;
      this.known.delete(oldest);
      this.lengths -= oldest.length;
    }
  }
}

/** An id of a resource, which has to be replaced by its name. */
const ID = /\bt_(?:\w+\.)?[0-9a-f]{32}\b/;

function readFacts(snapshot: Snapshot, shape: string): TextFacts {
  const { body, settings, format } = splitSelect(shape);
  const words = mentionedNames(shape);
  return {
    named: { tables: namedIn(snapshot, mentionedTables(shape)), words: namedIn(snapshot, words) },
    withNames: withNames(lex(shape).filter(isSignificant)),
    readsService: SERVICE_DATABASES.some((database) => words.has(database)),
    whole: body === shape && settings.length === 0 && format === null && !ID.test(shape),
    head: headOf(shape),
    dependsOnLiterals: dependsOnLiterals(shape),
  };
}

function namedIn(snapshot: Snapshot, names: ReadonlySet<string>): Named {
  const pipes = [...names].map((name) => snapshot.pipes.find(name)).filter((pipe) => pipe !== undefined);
  return { names, pipes };
}

/** How a SELECT begins. */
export function headOf(text: string): Head {
  const [first, second] = lex(text).filter((token) => token.kind !== 'space' && token.kind !== 'comment');
  if (first?.text === '(') return { kind: 'bracket' };
  if (first?.text.toUpperCase() !== 'WITH') return { kind: 'select' };
  const recursive = second?.text.toUpperCase() === 'RECURSIVE';
  return { kind: 'with', recursive, rest: recursive ? second.end : first.end };
}
