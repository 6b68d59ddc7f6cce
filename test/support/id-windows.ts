import { DEFAULT_LAYOUT, IdLayout } from '../../src/allocators/snowflake/id-layout.ts';
import type { CheckingClient } from './checking-client.ts';

interface Window {
  readonly holder: string;
  firstMs: number;
  lastMs: number;
}

/**
 * Holders of one worker ID whose times overlap, which would be luck if no ID was given twice. A holder is one
 * incarnation of a process.
 */
export function overlapsIn(clients: readonly CheckingClient[], workerBits: number): string[] {
  const layout = new IdLayout({ ...DEFAULT_LAYOUT, workerBits });
  const workers = new Map<number, Map<string, Window>>();
  for (const { member, ledger, starts } of clients) {
    for (const [i, { incarnation, from }] of starts.entries()) {
      const holder = `${member.name} in incarnation ${incarnation}`;
      for (const id of ledger.ids.subarray(from, starts[i + 1]?.from)) {
        const { workerId, timeMs } = layout.decode(id);
        const windows = workers.get(workerId) ?? new Map<string, Window>();
        workers.set(workerId, windows);
        const window = windows.get(holder) ?? { holder, firstMs: timeMs, lastMs: timeMs };
        windows.set(holder, window);
        window.firstMs = Math.min(window.firstMs, timeMs);
        window.lastMs = Math.max(window.lastMs, timeMs);
      }
    }
  }
  return [...workers].flatMap(([workerId, windows]) => overlapsOf(workerId, [...windows.values()]));
}

function overlapsOf(workerId: number, windows: Window[]): string[] {
  windows.sort((a, b) => a.firstMs - b.firstMs);
  return windows.slice(1).flatMap((window, i) => {
    const before = windows[i]!;
    if (window.firstMs > before.lastMs) return [];
    return [`worker ${workerId}: ${before.holder} up to ${before.lastMs}, ${window.holder} from ${window.firstMs}`];
  });
}
