/**
 * Makes calls at the same time share the work. A call that comes while one is at work waits for the next, because it may be about
 * something that the one at work has missed.
 * @param work what is done
 */
export function sharedCall(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const run = (): Promise<void> => {
    const done = work();
    const over = done.then(
      () => {},
      () => {},
    );
    running = over;
    void over.then(() => {
      if (running === over) running = null;
    });
    return done;
  };
  return () => {
    if (running === null) return run();
    next ??= running.then(() => {
      next = null;
      return run();
    });
    return next;
  };
}
