/** The figures that the documentation shows: kept in a file beside it, drawn by `draw.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

export interface Figures {
  /** Where and when they were measured. */
  readonly machine: string;
  readonly capacity: readonly { readonly route: string; readonly variant: string; readonly cpuOverFloor: number }[];
  /** Microseconds, medians of the rounds. */
  readonly latency: readonly {
    readonly server: string;
    readonly perSecond: number;
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly p9999: number;
  }[];
  /** Millions of IDs in a second of CPU time. */
  readonly batch: readonly { readonly name: string; readonly millionPerCpuSecond: number }[];
}

const PATH = new URL('../docs/benchmarks.json', import.meta.url);

export function readFigures(): Figures {
  return JSON.parse(readFileSync(PATH, 'utf8')) as Figures;
}

/** Replaces what was measured anew, and keeps the rest. */
export function saveFigures(part: Partial<Figures>): void {
  const machine = `Node ${process.version}, ${cpus().length} shared cores`;
  writeFileSync(PATH, `${JSON.stringify({ ...readFigures(), ...part, machine }, null, 2)}\n`);
}
