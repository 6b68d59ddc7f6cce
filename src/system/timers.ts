import { FrondError } from '../errors.ts';

/** Stops a pending callback; harmless when it has already run. */
export type Cancel = () => void;

export interface Timers {
  /** Runs `callback` once after `delayMs`. Keeps the process alive until then. */
  after(delayMs: number, callback: () => void): Cancel;
  /** The same for background work: a process with nothing else to do may exit. */
  background(delayMs: number, callback: () => void): Cancel;
}

export const systemTimers: Timers = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  background(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`. @throws FrondError ABORTED as soon as `signal` is aborted */
export function sleep(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new FrondError('ABORTED', {}, { cause: signal.reason }));
    const cancel = timers.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = () => {
      cancel();
      reject(new FrondError('ABORTED', {}, { cause: signal?.reason }));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
