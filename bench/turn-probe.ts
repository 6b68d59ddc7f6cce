/**
 * `node --import turn-probe.ts`: from one SIGUSR2 to the next, the longest turn of the event loop, collections included.
 * Written as JSON to BENCH_TURNS_FILE. The loop does not rest meanwhile: a turn ends when the next begins.
 */
import { renameSync, writeFileSync } from 'node:fs';

export interface TurnReport {
  readonly turns: number;
  /** Longest by the clock, ms: also what other processes took of the core. */
  readonly wallMs: number;
  /** Longest by what this thread used of the processor, ms; some kernels count that in ticks of up to 4 ms. */
  readonly cpuMs: number;
}

const file = process.env['BENCH_TURNS_FILE']!;
let isOn = false;
let report = { turns: 0, wallMs: 0, cpuMs: 0 };
let last = { wallMs: 0, cpuMs: 0 };

function now() {
  const { user, system } = process.threadCpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1000 };
}

function turn(): void {
  const here = now();
  report = {
    turns: report.turns + 1,
    wallMs: Math.max(report.wallMs, here.wallMs - last.wallMs),
    cpuMs: Math.max(report.cpuMs, here.cpuMs - last.cpuMs),
  };
  last = here;
  if (isOn) setImmediate(turn);
}

process.on('SIGUSR2', () => {
  isOn = !isOn;
  if (isOn) {
    report = { turns: 0, wallMs: 0, cpuMs: 0 };
    last = now();
    setImmediate(turn);
    return;
  }
  writeFileSync(`${file}.new`, JSON.stringify(report satisfies TurnReport));
  renameSync(`${file}.new`, file);
});
