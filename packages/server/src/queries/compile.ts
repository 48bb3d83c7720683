import { type SelectText, SqlTextError, splitSelect } from '@goldcrest/sql';
import { isTemplate, type Template } from '@goldcrest/template';
import { ApiError } from '../errors/index.js';
import type { Pipe, PipeNode } from '../pipes/store.js';
import type { Snapshot } from '../workspaces/index.js';
import type { Circle } from './circles.js';
import { refuseTooLarge } from './querySize.js';
import { resolveIds } from './resolveIds.js';
import { QuerySecrets } from './secrets.js';
import { fenced, type Text, withTables } from './tableExpressions.js';
import { type RenderedSql, readTemplate, renderTemplate, type TemplateParameters } from './templates.js';
import { KnownTexts, type Mentions, type TextFacts } from './textFacts.js';

/** One SELECT as its author wrote it, rendered, with ids replaced by names. */
export interface OwnText extends Text {
  settings: SelectText['settings'];
  format: string | null;
  facts: TextFacts;
}

/** One SELECT with all that it needs in front of it, and what its authors said beside it. */
export interface CompiledQuery extends Text {
  settings: SelectText['settings'];
  format: string | null;
  /** Settings that templates asked for, e.g. with `max_threads()`. */
  templateSettings: Readonly<Record<string, string | number>>;
  /** Seconds for which the result may be kept, as `cache_ttl()` says. */
  cacheTtl: number | undefined;
  /** The secrets that stand in it as marks. */
  secrets: QuerySecrets;
  /** Whether parameters can change it. */
  templated: boolean;
  /** Whether a caller's own text stands around Pipes of the Workspace. */
  aroundPipes: boolean;
  /** Whether it may read service Data Sources, whose rows belong to many Workspaces. */
  readsService: boolean;
  /** Names of Pipes or nodes that may read each other in a circle, the first one again at the end: it may be just words that look so. */
  circles: readonly Circle[];
}

/** The node that others read when they name the Pipe: the published one, else the last (PS-22). */
export function outputNode(pipe: Pipe): PipeNode {
  const node = pipe.nodes.find((candidate) => candidate.id === pipe.endpointNodeId) ?? pipe.nodes.at(-1);
  if (node === undefined) throw ApiError.of('bad_request', { reason: `The Pipe ${pipe.name} has no nodes.` });
  return node;
}

/**
 * Compiles to one SELECT (PS-01…PS-03, QY-14): the nodes and Pipes that a text names where a table can stand become table expressions in
 * front of it. Templates are rendered with the caller's
 * parameters wherever they are, the caller's own text first and nothing that is not read (wild.md §11 of public test suites).
 */
export class Compilation {
  private readonly texts: KnownTexts;
  private readonly secrets: QuerySecrets;
  private templatesRendered = 0;
  private readonly templateSettings: Record<string, string | number> = {};
  private cacheTtl: number | undefined;
  private readonly circles: Circle[] = [];

  /** @param mentions how the nodes and Pipes are found that a text needs */
  constructor(
    private readonly snapshot: Snapshot,
    private readonly parameters: TemplateParameters,
    private readonly mentions: Mentions = 'tables',
  ) {
    this.secrets = new QuerySecrets(snapshot.secrets);
    this.texts = snapshot.once('texts', () => new KnownTexts(snapshot));
  }

  /**
   * The caller's own text, before any Pipe is added to it.
   * @param nodes those that it can name by their ids: of a Pipe's text, the nodes of that Pipe
   * @throws SqlTextError, ApiError template_failed
   */
  own(sql: string, nodes: readonly PipeNode[] = []): OwnText {
    return this.read(isTemplate(sql) ? this.render(readTemplate(sql)) : { sql, shape: sql }, nodes);
  }

  /**
   * A caller's text over the Pipes that it names.
   * @param underscore the Pipe that `_` stands for (QY-06, EP-14), if any
   * @param readable the tables that the text was found to read, for a caller who may read only some: he is not told of other Pipes, not
   * even of their errors, and sees of these their results only. Null for a caller who may read all.
   */
  query(
    own: OwnText,
    { underscore, readable }: { underscore?: Pipe | undefined; readable: ReadonlySet<string> | null },
  ): CompiledQuery {
    const alias = underscore === undefined ? [] : [{ name: '_', ...this.pipeTable(underscore) }];
    // Of a caller who may read only some it is known what he reads, so no name can be taken for a table that is none.
    const pipes =
      readable === null
        ? this.pipesOf(own)
        : own.facts.named.words.pipes.filter(({ name }) => readable.has(name));
    const tables = [...this.pipeTables([{ pipes }, ...alias]), ...alias];
    const named = new Set(['_', ...pipes.map(({ name }) => name)]);
    const given =
      readable === null ? tables : tables.map((table) => (named.has(table.name) ? fence(table) : table));
    return { ...this.complete(own, given), aroundPipes: tables.length > 0 };
  }

  /** One node of a Pipe over the nodes and Pipes that it needs. */
  node(pipe: Pipe, node: PipeNode): CompiledQuery {
    const { output, nodes } = this.nodesFor(pipe, node);
    const texts = [output, ...nodes.map(({ text }) => text)];
    const pipes = this.pipeTables(
      texts.map((text) => ({ pipes: this.pipesOf(text) })),
      pipe,
    );
    return this.complete(output, [
      ...pipes,
      ...nodes.map(({ name, text: { sql, shape, facts } }) => {
        return { name, sql, shape, readsService: facts.readsService };
      }),
    ]);
  }

  private complete(own: OwnText, tables: readonly Table[]): CompiledQuery {
    const { templateSettings, cacheTtl, templatesRendered } = this;
    const { sql, shape } = withTables(tables, own, own.facts.head);
    refuseTooLarge(sql);
    return {
      sql,
      shape,
      settings: own.settings,
      format: own.format,
      templateSettings,
      cacheTtl,
      templated: templatesRendered > 0,
      secrets: this.secrets,
      aroundPipes: false,
      readsService: own.facts.readsService || tables.some((table) => table.readsService),
      circles: this.circles,
    };
  }

  private pipesOf({ facts }: OwnText): readonly Pipe[] {
    return facts.named[this.mentions].pipes;
  }

  /** A Pipe as others see it: its output node over its own nodes. The Pipes that it reads are defined beside it, not inside. */
  private pipeTable(pipe: Pipe): PipeTable {
    const known = this.snapshot.once(`pipe tables by ${this.mentions}`, () => new Map<string, PipeTable>());
    const before = known.get(pipe.id);
    if (before !== undefined) {
      this.circles.push(...before.circles);
      return before;
    }
    const rendered = this.templatesRendered;
    const circlesBefore = this.circles.length;
    const { output, nodes } = this.nodesFor(pipe, outputNode(pipe));
    const texts = [output, ...nodes.map(({ text }) => text)];
    const made = {
      ...withTables(
        nodes.map(({ name, text }) => ({ name, ...text })),
        output,
        output.facts.head,
      ),
      circles: this.circles.slice(circlesBefore),
      pipes: texts.flatMap((text) => this.pipesOf(text)),
      readsService: texts.some(({ facts }) => facts.readsService),
    };
    if (this.templatesRendered === rendered) known.set(pipe.id, made);
    return made;
  }

  /**
   * All Pipes that the texts need, directly or through others, each after those that it needs itself. What only looks like the name of a
   * table may bring a Pipe along for nothing; so that two such make no circle, no Pipe is visited twice. Real circles are
   * refused when a Pipe is stored or published (`pipes/circles.ts`), but for those that only some parameters close.
   * @param self the Pipe that is being compiled
   */
  private pipeTables(readers: readonly { pipes: readonly Pipe[] }[], self?: Pipe): Table[] {
    const found: Table[] = [];
    const visited = new Set(self === undefined ? [] : [self.id]);
    const visit = ({ pipes }: { pipes: readonly Pipe[] }, path: readonly Pipe[]): void => {
      for (const pipe of pipes) {
        this.noteCircle(path, pipe);
        if (visited.has(pipe.id)) continue;
        visited.add(pipe.id);
        const table = this.pipeTable(pipe);
        visit(table, [...path, pipe]);
        found.push({ name: pipe.name, ...table });
      }
    };
    for (const reader of readers) visit(reader, self === undefined ? [] : [self]);
    return found;
  }

  /** A node, and the nodes of its Pipe that it needs, directly or through others. */
  private nodesFor(
    pipe: Pipe,
    node: PipeNode,
  ): { output: OwnText; nodes: { name: string; text: OwnText }[] } {
    const output = this.nodeText(node, pipe);
    const nodes: { name: string; text: OwnText }[] = [];
    const visited = new Set([node]);
    const visit = ({ facts }: OwnText, path: readonly PipeNode[]): void => {
      for (const other of pipe.nodes) {
        if (!facts.named[this.mentions].names.has(other.name)) continue;
        this.noteCircle(path, other);
        if (visited.has(other)) continue;
        visited.add(other);
        const text = this.nodeText(other, pipe);
        refuseSettings(pipe, other, text);
        visit(text, [...path, other]);
        nodes.push({ name: other.name, text });
      }
    };
    visit(output, [node]);
    return { output, nodes };
  }

  /** Takes note when what is read stands itself on the way to its reader. */
  private noteCircle<Item extends { id: string; name: string }>(path: readonly Item[], next: Item): void {
    const start = path.findIndex(({ id }) => id === next.id);
    if (start >= 0) this.circles.push([...path.slice(start), next].map(({ name }) => name));
  }

  private nodeText(node: PipeNode, { nodes }: Pipe): OwnText {
    const known = this.snapshot.once('nodes', () => new Map<string, OwnText | Template>());
    const text =
      known.get(node.id) ?? (isTemplate(node.sql) ? readTemplate(node.sql) : this.own(node.sql, nodes));
    known.set(node.id, text);
    return 'render' in text ? this.read(this.render(text), nodes) : text;
  }

  private render(template: Template): RenderedSql {
    const rendered = renderTemplate(template, this.parameters, this.secrets);
    // Before anything reads it: cutting millions of characters into tokens would keep everybody waiting.
    refuseTooLarge(rendered.sql);
    this.templatesRendered += 1;
    Object.assign(this.templateSettings, rendered.settings);
    const { cacheTtl } = rendered;
    if (cacheTtl !== undefined) this.cacheTtl = Math.min(cacheTtl, this.cacheTtl ?? cacheTtl);
    return rendered;
  }

  private read({ sql, shape }: Text, nodes: readonly PipeNode[]): OwnText {
    const facts = this.factsOf(sql, shape);
    if (facts.whole)
      return { sql, shape: facts.dependsOnLiterals ? sql : shape, facts, settings: [], format: null };
    const own = resolveIds(this.snapshot, nodes, splitSelect(sql));
    const model = sql === shape ? own : resolveIds(this.snapshot, nodes, splitSelect(shape));
    const inner = this.texts.of(model.body);
    const { settings, format } = own;
    return {
      sql: own.body,
      shape: inner.dependsOnLiterals ? own.body : model.body,
      facts: inner,
      settings,
      format,
    };
  }

  /** What is wrong with a text is told about the text itself, not about its shape. */
  private factsOf(sql: string, shape: string): TextFacts {
    try {
      return this.texts.of(shape);
    } catch (error) {
      if (error instanceof SqlTextError) splitSelect(sql);
      throw error;
    }
  }
}

/** A table expression. */
interface Table extends Text {
  name: string;
  readsService: boolean;
}

/** A Pipe as a table expression, with the Pipes that it reads itself, and the circles that its nodes may make. */
interface PipeTable extends Text {
  pipes: readonly Pipe[];
  readsService: boolean;
  circles: readonly Circle[];
}

/** A table of which the text around it sees the result only. */
function fence(table: Table): Table {
  return { ...table, sql: fenced(table.sql), shape: fenced(table.shape) };
}

function refuseSettings(pipe: Pipe, node: PipeNode, { settings }: OwnText): void {
  if (settings.length === 0) return;
  const message = `SETTINGS can only be written in the last node of a query, not in ${pipe.name}.${node.name}.`;
  throw ApiError.of('query_invalid', { message });
}
