import { type Failure, TemplateFailure } from './errors.js';
import { STEPS_MAX, WORK_PER_STEP } from './limits.js';
import { toValue } from './request.js';
import { SqlWriter } from './sqlWriter.js';
import { sizeOf, type Value } from './value.js';

/** What a rendering may use. */
export interface RenderContext {
  /** What the request sent, by name: text, an array of texts for repeated keys, or JSON values. Only own properties count. */
  parameters: Readonly<Record<string, unknown>>;
  /** Answers `tb_secret` and `tb_var`; `undefined` means that there is no such variable. Without it there is none. (TPF-45) */
  secrets?: (name: string) => string | undefined;
  /** The time of `now()` and `today()`; the current one by default. */
  now?: Date;
}

/** What functions ask for beyond SQL. */
export interface Requests {
  settings: Record<string, string | number>;
  cacheTtl?: number;
  activated: string[];
  backendHint?: string;
}

/** One rendering's state. */
export class Frame {
  readonly writer = new SqlWriter();
  readonly locals = new Map<string, Value>();
  readonly used = new Set<string>();
  readonly requests: Requests = { settings: {}, activated: [] };
  /** Offset of what is evaluated, for an error's place. */
  at = 0;
  /** True once a secret was read; from then on errors show no values. */
  secretRead = false;
  private steps = 0;
  private readonly parameters = new Map<string, Value>();

  constructor(
    readonly context: RenderContext,
    /** The typed parameters of the template, for the message about a missing one. */
    readonly typedParameters: readonly string[],
  ) {}

  /** The variable or else the parameter of that name; None when there is neither. (TPL-09, TPL-12) */
  lookUp(name: string): Value {
    const local = this.locals.get(name);
    if (local !== undefined) return local;
    const known = this.parameters.get(name);
    if (known !== undefined) return known;
    if (!Object.hasOwn(this.context.parameters, name)) return null;
    this.used.add(name);
    const value = toValue(this.context.parameters[name]);
    this.spend(value);
    this.parameters.set(name, value);
    return value;
  }

  /** Counts a step and the values that it touches. */
  spend(...values: readonly Value[]): void {
    let work = WORK_PER_STEP;
    for (const value of values) work += sizeOf(value);
    this.steps += work / WORK_PER_STEP;
    if (this.steps > STEPS_MAX) {
      const reason = 'The template does too much work. Make its loops and lists shorter.';
      throw new TemplateFailure({ kind: 'limit', reason });
    }
  }

  /** The failure for a parameter without value; the text is the one that published test suites compare. (TPF-41) */
  missing(name: string | undefined): TemplateFailure {
    const typed = this.typedParameters;
    const names = name === undefined || typed.includes(name) ? typed : [...typed, name];
    const [last = '', ...others] = [...names].reverse();
    const list = others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`;
    const reason =
      `Required parameter is not defined. Check the parameters ${list}. ` +
      'Please provide a value or set a default value in the pipe code.';
    return new TemplateFailure({ kind: 'missing', reason });
  }

  /** The failure without the values that it quotes, when one of them may be a secret. */
  withoutSecrets(failure: Failure): Failure {
    if (!this.secretRead || failure.kind === 'custom') return failure;
    return { ...failure, reason: failure.reason.replace(/'[\s\S]*'/, "'…'") };
  }
}
