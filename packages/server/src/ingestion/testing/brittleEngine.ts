import {
  type Engine,
  EngineError,
  type InsertCost,
  type InsertFileRequest,
  type QueryRequest,
  type QueryResult,
} from '@goldcrest/engine';

/** The engine with an `insertFile` that a test makes fail, wait, or fail after it took effect; and a list of what was inserted. */
export class BrittleEngine {
  /** Is called before each insert into a table of a Workspace, or into one like it in which rows are tried; what it throws is the insert's error. */
  before: (request: InsertFileRequest) => Promise<void> | void = () => {};
  /** Is called after each. */
  after: (request: InsertFileRequest) => Promise<void> | void = () => {};
  /** Is called before each query; what it throws is the query's error. */
  beforeQuery: (request: QueryRequest) => void = () => {};
  /** Tables, files and tokens of the inserts that were tried, in order. */
  readonly inserts: { table: string; path: string; token: string }[] = [];

  /** Does something to the engine itself that no route does. */
  command: (sql: string) => Promise<void> = async () => {};

  /** Asks the engine itself. @returns the rows as lines */
  ask: (sql: string) => Promise<string> = async () => '';

  /** Stands in front of the engine; for `ServerOptions.wrapEngine`. */
  readonly wrap = (engine: Engine): Engine => {
    this.command = (sql) => engine.command({ sql });
    this.ask = async (sql) => {
      const { body } = await engine.query({ sql, database: 'default', format: 'TSVRaw' });
      return new TextDecoder().decode(body);
    };
    const insertFile = async (request: InsertFileRequest): Promise<InsertCost> => {
      if (!/^(?:w|probe)_/.test(request.database)) return engine.insertFile(request);
      const { table, path, deduplicationToken: token = '' } = request;
      this.inserts.push({ table, path, token });
      await this.before(request);
      const cost = await engine.insertFile(request);
      await this.after(request);
      return cost;
    };
    const query = async (request: QueryRequest): Promise<QueryResult> => {
      this.beforeQuery(request);
      return engine.query(request);
    };
    return new Proxy(engine, {
      get: (target, name) => {
        if (name === 'insertFile') return insertFile;
        if (name === 'query') return query;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
}

/** An error of the engine. */
export function engineError(
  code: number,
  codeName: string,
  text = 'Something is wrong in w_00000000000000000000000000000000.t',
): EngineError {
  return new EngineError(`${text}. (${codeName})`, code, codeName);
}

/** A gate that holds up whoever comes until it is opened. */
export function gate(): { passed: Promise<void>; open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
