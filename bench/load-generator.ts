/**
 * A process that loads one URL: `load-generator.ts URL PER_SECOND SECONDS WARM_UP_SECONDS`. First a closed loop, which
 * warms both ends up and says what the two reach together, then (unless PER_SECOND is 0) an open loop: requests fall
 * due at even distances whether or not earlier ones are answered, and latency is counted from when a request fell due,
 * also where it had to wait for a free connection or for this process. Prints a LoadReport as JSON.
 */
import { readFileSync } from 'node:fs';
import { KeepAliveClient } from './keep-alive-client.ts';

/** Latencies of the open loop in microseconds. */
export interface LoadReport {
  /** Requests a second in the closed loop. */
  readonly closedPerSecond: number;
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
  readonly max: number;
  /** Of the open loop, how long this process was ready to run and others had the cores; ms a second. */
  readonly crowdedOutMs: number;
}

const CONNECTIONS = 64;
/** In a closed loop that many are enough to keep the server busy. */
const CLOSED_CONNECTIONS = 16;

const [address = '', perSecond = Number.NaN, seconds = Number.NaN, warmUpSeconds = Number.NaN] = process.argv
  .slice(2)
  .map((text, i) => (i === 0 ? text : Number(text))) as [string?, number?, number?, number?];

let onAnswer: (client: KeepAliveClient) => void = () => {};
const clients = await Promise.all(
  Array.from({ length: CONNECTIONS }, () =>
    KeepAliveClient.open(
      new URL(address),
      client => onAnswer(client),
      error => {
        console.error(error);
        process.exit(1);
      },
    ),
  ),
);

/** Requests a second of a closed loop that lasts `seconds`. */
function closedLoop(seconds: number): Promise<number> {
  const startMs = performance.now();
  let answered = 0;
  let busy = CLOSED_CONNECTIONS;
  return new Promise(resolve => {
    onAnswer = client => {
      answered++;
      const elapsedMs = performance.now() - startMs;
      if (elapsedMs < seconds * 1000) client.send();
      else if (--busy === 0) resolve((answered * 1000) / elapsedMs);
    };
    for (const client of clients.slice(0, CLOSED_CONNECTIONS)) client.send();
  });
}

/** The latency of each request in milliseconds. Spins, because a timer is a millisecond late. */
function openLoop(perSecond: number, seconds: number): Promise<Float64Array> {
  const latencies = new Float64Array(Math.round(perSecond * seconds));
  const intervalMs = 1000 / perSecond;
  const free = [...clients];
  const sent = new Map(clients.map(client => [client, 0]));
  let next = 0;
  let answered = 0;
  const startMs = performance.now() + 10;
  const dueMs = (i: number) => startMs + i * intervalMs;
  return new Promise(resolve => {
    const sendDue = () => {
      const nowMs = performance.now();
      while (next < latencies.length && free.length > 0 && dueMs(next) <= nowMs) {
        const client = free.pop()!;
        sent.set(client, next++);
        client.send();
      }
    };
    onAnswer = client => {
      const request = sent.get(client)!;
      latencies[request] = performance.now() - dueMs(request);
      free.push(client);
      if (++answered === latencies.length) resolve(latencies);
    };
    const spin = () => {
      sendDue();
      if (answered < latencies.length) setImmediate(spin);
    };
    spin();
  });
}

/** How long the main thread has waited for a core so far, by the kernel's account; ms. */
function waitedMs(): number {
  return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;
}

const closedPerSecond = await closedLoop(warmUpSeconds);
const waitedBeforeMs = waitedMs();
const latencies = (perSecond > 0 ? await openLoop(perSecond, seconds) : new Float64Array()).sort();
/** The smallest latency that a share of the requests does not exceed; microseconds. */
const quantile = (share: number) => (latencies[Math.ceil(share * latencies.length) - 1] ?? 0) * 1000;
const crowdedOutMs = (waitedMs() - waitedBeforeMs) / seconds;
const report: LoadReport = {
  closedPerSecond,
  requests: latencies.length,
  p50: quantile(0.5),
  p99: quantile(0.99),
  p999: quantile(0.999),
  p9999: quantile(0.9999),
  max: quantile(1),
  crowdedOutMs,
};
console.log(JSON.stringify(report));
for (const client of clients) client.close();
