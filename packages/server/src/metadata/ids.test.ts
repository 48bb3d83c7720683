import { expect, test } from 'vitest';
import { newResourceId } from './ids.js';

test('[GN-23] resource ids are t_ and 32 hex digits, never the same twice', () => {
  const ids = Array.from({ length: 100 }, newResourceId);
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^t_[0-9a-f]{32}$/);
});
