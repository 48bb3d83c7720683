import { expect } from 'vitest';

/** How many callers try the same thing at once. */
export const CALLERS = 20;

/** Runs `create` CALLERS times at once: one may succeed, all others must fail with `error`. */
export async function expectOneWinner(error: Error, create: () => Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(Array.from({ length: CALLERS }, create));
  const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(errors).toEqual(Array.from({ length: CALLERS - 1 }, () => error));
}
