import { randomBytes } from 'node:crypto';
import { fillSecrets, type Secrets } from '@goldcrest/sql';

/** Begins every mark; unknown outside, so that nobody's text holds one by chance. */
const MARK = `secret_${randomBytes(12).toString('hex')}_`;

/**
 * The secrets of one query. A template gets a mark for each, and the marks stay in the SQL while it is compiled and checked: no
 * condition of a template, no function and no cache sees a value, and the gate sees where each one would go (PB-05). Only the
 * engine gets the values, in the arguments that the gate let them be in.
 */
export class QuerySecrets {
  private readonly asked = new Map<string, string>();

  /** @param found the values of the Workspace's secrets by name */
  constructor(private readonly found: ReadonlyMap<string, string>) {}

  /** What `tb_secret` of a template answers: the mark, or undefined for a name that is unknown (TPF-45). */
  readonly mark = (name: string): string | undefined => {
    const value = this.found.get(name);
    if (value === undefined) return undefined;
    const mark = MARK + Buffer.from(name).toString('hex');
    this.asked.set(mark, value);
    return mark;
  };

  /** The secrets that were asked for, for the gate. */
  get marked(): Secrets {
    return this.asked;
  }

  /** The SQL for the engine, with the values. */
  fill(sql: string): string {
    return fillSecrets(sql, this.asked);
  }
}
