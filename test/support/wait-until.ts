import { setTimeout as delay } from 'node:timers/promises';

/**
 * Polls `condition` until it gives something true and returns that.
 * @throws Error after `limitMs`, with the last failure as its cause
 */
export async function waitUntil<T>(
  what: string,
  condition: () => T | Promise<T>,
  limitMs = 20_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + limitMs;
  let cause: unknown;
  while (performance.now() < end) {
    try {
      const value = await condition();
      if (value) return value as NonNullable<Exclude<T, false>>;
    } catch (error) {
      cause = error;
    }
    await delay(10);
  }
  throw new Error(`waited ${limitMs} ms for ${what}`, { cause });
}
