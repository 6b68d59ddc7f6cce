import { Guard } from '../../src/http/auth/guard.ts';
import { TokenBook } from '../../src/http/auth/token-book.ts';
import { Gate } from '../../src/http/gate.ts';
import { RateLimits } from '../../src/http/limits/rate-limits.ts';
import { LoadShedder } from '../../src/http/overload/load-shedder.ts';
import type { Service } from '../../src/http/served.ts';
import { HttpServer, type HttpSettings } from '../../src/http/server.ts';
import type { TlsIdentity } from '../../src/http/tls.ts';
import { HttpCounters } from '../../src/metrics/http-counters.ts';
import { realSystem, type System } from '../../src/system/system.ts';
import { FakeSegment, FakeSnowflake, FakeUuids } from './fake-allocators.ts';

export class FakeService implements Service {
  readonly segment: FakeSegment | undefined = new FakeSegment();
  readonly snowflake: FakeSnowflake | undefined = new FakeSnowflake();
  readonly uuid = new FakeUuids();
  readonly version = '1.2.3';
  isReady = true;

  constructor(off: readonly ('segment' | 'snowflake')[] = []) {
    if (off.includes('segment')) this.segment = undefined;
    if (off.includes('snowflake')) this.snowflake = undefined;
  }

  ready() {
    return { ready: this.isReady, checks: { segment: this.isReady ? 'ready' : 'refusing' } };
  }

  status(_selection?: object): object {
    return {
      ...this.ready(),
      segment: this.segment?.status() ?? 'off',
      snowflake: this.snowflake?.status() ?? 'off',
      uuid: this.uuid.status(),
    };
  }

  async metrics() {
    return { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'frond_up 1\n' };
  }
}

/** A gate that lets everything pass but admin work from other hosts. */
export function openGate(): Gate {
  const counters = new HttpCounters();
  return new Gate({
    guard: new Guard(new TokenBook(realSystem.clock), counters),
    limits: new RateLimits({}, counters),
    shedder: new LoadShedder(SETTINGS, counters, realSystem),
    clock: realSystem.clock,
  });
}

export const SETTINGS: HttpSettings = {
  host: '127.0.0.1',
  port: 0,
  maxCountIds: 100_000,
  maxRangeIds: 10_000_000,
  headersTimeoutMs: 5000,
  requestTimeoutMs: 10_000,
  keepAliveTimeoutMs: 65_000,
  maxHeaderBytes: 8192,
  maxConnections: 100,
  drainMs: 0,
  stopTimeoutMs: 1000,
  maxWaitingRequests: 10_000,
  batchBufferMaxBytes: 2 ** 26,
  overloadDelayMs: 200,
};

export interface Front {
  readonly service: FakeService;
  readonly server: HttpServer;
  readonly port: number;
}

export interface FrontOptions {
  readonly settings?: Partial<HttpSettings>;
  readonly off?: readonly ('segment' | 'snowflake')[];
  readonly system?: System;
  readonly tls?: TlsIdentity;
  readonly tokens?: TokenBook;
}

/** A server on a free port over fakes; the caller closes it. */
export async function openFront(options: FrontOptions = {}): Promise<Front> {
  const { settings, off, system = realSystem, tls, tokens } = options;
  const service = new FakeService(off);
  const server = new HttpServer({ service, system, settings: { ...SETTINGS, ...settings }, tls, tokens });
  const { port } = await server.listen();
  return { service, server, port };
}
