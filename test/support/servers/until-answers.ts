import { setTimeout as sleep } from 'node:timers/promises';

export interface Awaited {
  /** For the error: `MySQL answered on mysql://…`. */
  readonly event: string;
  readonly withinMs: number;
  /** Why no server will ever answer there; undefined while one may. */
  readonly obituary: () => string | undefined;
}

/**
 * Resolves when `probe` has resolved once.
 * @throws Error with the obituary, or after `withinMs`; its cause is what the last probe threw
 */
export async function untilAnswers({ event, withinMs, obituary }: Awaited, probe: () => Promise<void>): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      const end = obituary();
      if (end !== undefined) throw new Error(end, { cause: error });
      if (performance.now() - startedMs > withinMs) {
        throw new Error(`no ${event} within ${withinMs / 1000} s`, { cause: error });
      }
      await sleep(20);
    }
  }
}
