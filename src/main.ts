import type { AddressInfo } from 'node:net';
import type { Config } from './config.ts';
import { buildFrond, type Frond } from './frond.ts';
import { TokenBook } from './http/auth/token-book.ts';
import type { Readiness, Service } from './http/served.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import { HttpCounters } from './metrics/http-counters.ts';
import { createMetrics } from './metrics/registry.ts';
import { createLog } from './service/log.ts';
import { processFacts } from './service/process-facts.ts';
import { Reloader } from './service/reload.ts';
import { reloadOnHangup, stopOnSignals } from './service/signals.ts';
import { tokenFile } from './service/token-file.ts';
import { VERSION } from './service/version.ts';
import type { Logger } from './system/logger.ts';
import { realSystem } from './system/system.ts';

function readinessOf(frond: Frond, draining: boolean): Readiness {
  const { segment, snowflake, uuid } = frond.allocators;
  const checks: Record<string, string> = {
    segment: segment?.state ?? 'off',
    snowflake: snowflake?.state ?? 'off',
    uuid: uuid.state,
  };
  if (draining) checks['http'] = 'draining';
  return { ready: Object.values(checks).every(state => state === 'ready' || state === 'off'), checks };
}

function serviceOf(frond: Frond, counters: HttpCounters, isDraining: () => boolean): Service {
  const registry = createMetrics(frond, { processMetrics: true, http: counters, version: VERSION });
  return {
    ...frond.allocators,
    version: VERSION,
    ready: () => readinessOf(frond, isDraining()),
    status: selection => ({
      version: VERSION,
      ...processFacts(realSystem.clock),
      ...readinessOf(frond, isDraining()),
      ...frond.status(selection),
      refusals: counters.refusals.list(),
    }),
    metrics: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** What a stop may take beyond the drain and the closing of connections, before it counts as hanging. */
const HANG_MS = 5000;

/** Where to look next, for whoever watches the terminal. */
function greet(log: Logger, { address, family, port }: AddressInfo, config: Config): void {
  const isAny = address === '0.0.0.0' || address === '::';
  const host = isAny ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  const url = `http://${host}:${port}`;
  log.info({ url, address }, 'listening');
  log.info({ status: `${url}/status`, metrics: `${url}/metrics`, page: `${url}/` }, 'look here');
  const withToken = (isNeeded: boolean) => (isNeeded ? ' -H "authorization: Bearer $TOKEN"' : '');
  const closed = config.tokensFile !== '';
  const admin = withToken(closed || config.adminToken !== '');
  const put = `curl -X PUT ${url}/tags/order${admin} -H 'content-type: application/json' -d '{"step":1000}'`;
  log.info({ add: put, ask: `curl ${url}/id/segment/order${withToken(closed)}` }, 'add a tag');
}

/** Runs the service until a signal ends it. @throws FrondError when it cannot start */
export async function serve(config: Config): Promise<void> {
  const log = await createLog(config);
  const tokens = new TokenBook(realSystem.clock, config.adminToken, config.tokensFile !== '');
  const files = tokens.closed ? [tokenFile(config.tokensFile, tokens)] : [];
  const reloader = new Reloader(files, { timers: realSystem.timers, logger: log });
  await reloader.start();
  await reloader.load();
  const frond = await buildFrond({ ...config, logger: log });
  const counters = new HttpCounters();
  let draining = false;
  const http: HttpServer = createHttpServer({
    service: serviceOf(frond, counters, () => draining),
    system: { ...realSystem, logger: log },
    settings: config,
    counters,
    tokens,
  });
  const stop = async () => {
    draining = true;
    reloader.stop();
    await http.close();
    await frond.close();
    log.info({}, 'stopped');
  };
  const limitMs = config.drainMs + config.stopTimeoutMs + HANG_MS;
  stopOnSignals(stop, { log, timers: realSystem.timers, limitMs });
  reloadOnHangup(() => reloader.reloadAll(), log);
  // Listening first: what can be answered is answered while the rest still starts; /readyz tells.
  const address = await http.listen();
  greet(log, address, config);
  try {
    await frond.start();
  } catch (error) {
    if (draining) return;
    reloader.stop();
    await Promise.all([http.close(), frond.close()]);
    throw error;
  }
  const { ready, checks } = readinessOf(frond, draining);
  if (ready) log.info(checks, 'started');
  else log.warn(checks, 'started, but not ready: see the reasons above and /status');
  if (config.workerSlots.startsWith('local:') && config.segmentStore.startsWith('mysql:')) {
    log.warn(
      {},
      'worker IDs are unique on this host only: FROND_WORKER_SLOTS must be a shared store, or off, when several hosts serve snowflakes',
    );
  }
}
