import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { type Answer, ask, readAll } from '../http/wire.ts';
import { findOperation } from '../support/contract/operations.ts';
import { assertRawContract } from '../support/contract/raw-exchange.ts';
import { SEALED_DOCUMENT } from '../support/contract/sealed-document.ts';
import type { Service } from '../support/service.ts';
import { invalidRequests } from './invalid-requests.ts';
import { rawBytes } from './raw-bytes.ts';
import { type FuzzRequest, validRequests } from './valid-requests.ts';

/** Cases that are on their way at one time. */
const TOGETHER = 25;
/** What resident memory may grow by after the first quarter of the cases. */
const GROWTH_MAX_BYTES = 64 * 2 ** 20;
/** A connection that is closed by nobody for so long is a fault. */
const CLOSE_MAX_MS = 20_000;

/** What a run has met. */
export interface FuzzReport {
  readonly cases: number;
  readonly statuses: ReadonlyMap<number, number>;
  /** By operation. */
  readonly operations: ReadonlyMap<string, number>;
  readonly grownBytes: number;
}

type Case = FuzzRequest | string;

const cases: fc.Arbitrary<Case> = fc.oneof(
  { weight: 6, arbitrary: validRequests },
  { weight: 3, arbitrary: invalidRequests },
  { weight: 1, arbitrary: rawBytes },
);

/** Statuses of requests that the document allows: what was asked for is not there, or in the way, or impossible now. */
const VALID_STATUSES = [200, 201, 204, 404, 409, 412, 503];

function assertVerdict({ isValid, method, target, body }: FuzzRequest, { status, text }: Answer): void {
  if (isValid === undefined) return;
  const isFine = isValid
    ? VALID_STATUSES.includes(status) &&
      (status !== 404 || method === 'HEAD' || target.startsWith('/dashboard/') || text.includes('UNKNOWN_TAG'))
    : status >= 400 && status < 500;
  if (isFine) return;
  const verdict = isValid ? 'is allowed by the document' : 'is not allowed by the document';
  throw new Error(`${method} ${target} ${body ?? ''} ${verdict} and got ${status}: ${text.slice(0, 300)}`);
}

class Fuzz {
  readonly statuses = new Map<number, number>();
  readonly operations = new Map<string, number>();
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: TOGETHER });

  constructor(port: number) {
    this.#port = port;
  }

  async run(fuzzCase: Case): Promise<void> {
    if (typeof fuzzCase === 'string') return this.#raw(fuzzCase);
    const { method, target, headers, body } = fuzzCase;
    const answer = await ask(this.#port, target, {
      method,
      headers,
      agent: this.#agent,
      ...(body === undefined ? {} : { body }),
    });
    assertVerdict(fuzzCase, answer);
    this.#count(answer.status);
    const { operation } = findOperation(SEALED_DOCUMENT, method, target);
    if (operation !== undefined && answer.status < 400) {
      this.operations.set(operation.operationId, (this.operations.get(operation.operationId) ?? 0) + 1);
    }
  }

  /** Writes bytes, ends our side, and reads to the end. */
  async #raw(bytes: string): Promise<void> {
    const socket = connect(this.#port, '127.0.0.1');
    await once(socket, 'connect');
    let isOverdue = false;
    const overdue = setTimeout(() => {
      isOverdue = true;
      socket.destroy();
    }, CLOSE_MAX_MS);
    const reading = readAll(socket);
    socket.end(bytes, 'latin1');
    const text = await reading;
    clearTimeout(overdue);
    if (isOverdue) throw new Error(`the connection stayed open after ${JSON.stringify(bytes)}`);
    assertRawContract(bytes, text, false);
    for (const [, status] of text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)) this.#count(Number(status));
  }

  #count(status: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }

  async residentBytes(): Promise<number> {
    const { text } = await ask(this.#port, '/metrics');
    return Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)![1]);
  }

  close(): void {
    this.#agent.destroy();
  }
}

/**
 * Sends `count` drawn requests to a service; throws at the first answer that is against the document, and when memory
 * has grown or the service has died or complained.
 */
export async function fuzz(service: Service, count: number, seed: number): Promise<FuzzReport> {
  const run = new Fuzz(Number(new URL(service.url).port));
  const part = (runs: number, partSeed: number) =>
    fc.assert(
      fc.asyncProperty(fc.array(cases, { minLength: TOGETHER, maxLength: TOGETHER }), async together => {
        await Promise.all(together.map(each => run.run(each)));
      }),
      { numRuns: runs, seed: partSeed },
    );
  const runs = Math.ceil(count / TOGETHER);
  const first = Math.ceil(runs / 4);
  await part(first, seed);
  const before = await run.residentBytes();
  await part(runs - first, seed + 1);
  const grownBytes = (await run.residentBytes()) - before;
  run.close();
  if (grownBytes > GROWTH_MAX_BYTES) throw new Error(`memory grew by ${grownBytes} bytes`);
  if (service.errors.length > 0) throw new Error(`the service complained: ${service.errors.join('\n')}`);
  return { cases: runs * TOGETHER, statuses: run.statuses, operations: run.operations, grownBytes };
}
