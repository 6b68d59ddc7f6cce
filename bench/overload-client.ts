/**
 * A process that offers one URL at a fixed rate: `overload-client.ts URL PER_SECOND SECONDS`; PER_SECOND 0 is as fast
 * as answers come. A request that falls due while every connection is busy is not sent, as with a client whose pool is
 * used up. Prints an OverloadReport as JSON.
 */
import { KeepAliveClient } from './keep-alive-client.ts';

export interface OverloadReport {
  /** Requests that fell due a second. */
  readonly offered: number;
  /** Answers with 200 within PATIENCE_MS of their sending, a second. */
  readonly good: number;
  /** The same later than that. */
  readonly late: number;
  /** Answers a second by another status. */
  readonly refused: Readonly<Record<string, number>>;
  /** Not sent for want of a connection, a second. */
  readonly unsent: number;
  /** Connections that the server cut. */
  readonly cut: number;
  /** Milliseconds from the sending to the answer with 200. */
  readonly p50: number;
  readonly p99: number;
}

const CONNECTIONS = 500;
const PATIENCE_MS = 1000;

const [address = '', rate = '', duration = ''] = process.argv.slice(2);
const perSecond = Number(rate);
const seconds = Number(duration);

const counts = { offered: 0, late: 0, unsent: 0, cut: 0 };
const refused: Record<string, number> = {};
const latencies: number[] = [];
const sentMs = new Map<KeepAliveClient, number>();
const free: KeepAliveClient[] = [];

function answered(client: KeepAliveClient, status: number): void {
  const tookMs = performance.now() - sentMs.get(client)!;
  if (status !== 200) refused[status] = (refused[status] ?? 0) + 1;
  else if (tookMs > PATIENCE_MS) counts.late += 1;
  else latencies.push(tookMs);
  free.push(client);
}

function failed(): void {
  counts.cut += 1;
}

for (let i = 0; i < CONNECTIONS; i++) {
  free.push(await KeepAliveClient.open(new URL(address), answered, failed, true));
}

/** Sends what is due by `nowMs`, counted from `startMs`; true while there is time left. */
function sendDue(startMs: number, nowMs: number): boolean {
  const due = perSecond === 0 ? counts.offered + free.length : Math.floor(((nowMs - startMs) * perSecond) / 1000);
  for (; counts.offered < due; counts.offered++) {
    const client = free.shift();
    if (client === undefined) counts.unsent += 1;
    else {
      sentMs.set(client, performance.now());
      client.send();
    }
  }
  return nowMs - startMs < seconds * 1000;
}

const startMs = performance.now();
while (sendDue(startMs, performance.now())) await new Promise(resolve => setImmediate(resolve));
const perS = (count: number) => Math.round(count / seconds);
const good = latencies.length;
latencies.sort((a, b) => a - b);
const quantile = (share: number) => latencies[Math.ceil(share * good) - 1] ?? 0;
const report: OverloadReport = {
  offered: perS(counts.offered),
  good: perS(good),
  late: perS(counts.late),
  refused: Object.fromEntries(Object.entries(refused).map(([status, count]) => [status, perS(count)])),
  unsent: perS(counts.unsent),
  cut: counts.cut,
  p50: quantile(0.5),
  p99: quantile(0.99),
};
console.log(JSON.stringify(report));
process.exit();
