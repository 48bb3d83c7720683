/** Lets work of one kind run one at a time. Work waits for what began before it, and fails for itself alone. */
export class Turns {
  private readonly last = new Map<string, Promise<void>>();

  /** Runs work when all that took a turn under the same key before has ended. */
  take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const run = (this.last.get(key) ?? Promise.resolve()).then(work);
    const ended = run.then(
      () => {},
      () => {},
    );
    this.last.set(key, ended);
    void ended.then(() => {
      if (this.last.get(key) === ended) this.last.delete(key);
    });
    return run;
  }
}
