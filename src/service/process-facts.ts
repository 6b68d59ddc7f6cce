import { hostname } from 'node:os';
import type { Clock } from '../system/clock.ts';

/** Which process answers, for /status. */
export interface ProcessFacts {
  readonly host: string;
  readonly pid: number;
  /** The version of Node. */
  readonly node: string;
  /** The wall clock of this host; Unix ms. */
  readonly nowMs: number;
  readonly uptimeMs: number;
}

export function processFacts(clock: Clock): ProcessFacts {
  return {
    host: hostname(),
    pid: process.pid,
    node: process.version,
    nowMs: clock.wallMs(),
    uptimeMs: Math.round(process.uptime() * 1000),
  };
}
