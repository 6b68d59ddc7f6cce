import type { Registry } from 'prom-client';
import type { Config } from './config.ts';
import { buildFrond, type Frond } from './frond.ts';
import { TokenBook } from './http/auth/token-book.ts';
import type { Readiness, Service } from './http/served.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import { HttpCounters } from './metrics/http-counters.ts';
import { createMetrics } from './metrics/registry.ts';
import { registerTlsMetrics } from './metrics/tls-metrics.ts';
import { Certificates } from './service/certificates.ts';
import { greet } from './service/greet.ts';
import { createLog } from './service/log.ts';
import { processFacts } from './service/process-facts.ts';
import { joinedService } from './service/processes/joined-service.ts';
import type { ParentLink } from './service/processes/parent-link.ts';
import { processCount } from './service/processes/process-count.ts';
import { Reloader } from './service/reload.ts';
import { reloadOnSignal, stopLimitMs, stopOnSignals } from './service/signals.ts';
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

function serviceOf(frond: Frond, registry: Registry, counters: HttpCounters, isDraining: () => boolean): Service {
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

/** What the start came to, and what is amiss with the configuration. */
function tellStart(frond: Frond, config: Config, log: Logger): void {
  const { ready, checks } = readinessOf(frond, false);
  if (ready) log.info(checks, 'started');
  else log.warn(checks, 'started, but not ready: see the reasons above and /status');
  if (config.workerSlots.startsWith('local:') && config.segmentStore.startsWith('mysql:')) {
    log.warn(
      {},
      'worker IDs are unique on this host only: FROND_WORKER_SLOTS must be a shared store, or off, when several hosts serve snowflakes',
    );
  }
}

/**
 * Runs the service until a signal ends it.
 * @param link to the parent, where this is one of several processes
 * @throws FrondError when it cannot start
 */
export async function serve(config: Config, link?: ParentLink): Promise<void> {
  const log = await createLog(config, link?.index);
  const system = { ...realSystem, logger: log };
  const certificates = await Certificates.open(config, system);
  const tokens = new TokenBook(system.clock, config.adminToken, config.tokensFile !== '');
  const tokensOnFile = tokens.closed ? tokenFile(config.tokensFile, tokens) : undefined;
  const reloader = new Reloader(
    [certificates, tokensOnFile].filter(each => each !== undefined),
    system,
  );
  await reloader.start();
  await tokensOnFile?.reload();
  const frond = await buildFrond({ ...config, logger: log });
  const counters = new HttpCounters();
  let draining = false;
  const registry = createMetrics(frond, { processMetrics: true, http: counters, version: VERSION });
  if (certificates !== undefined) registerTlsMetrics(registry, certificates, counters);
  const service = serviceOf(frond, registry, counters, () => draining);
  const http: HttpServer = createHttpServer({
    service: link === undefined ? service : joinedService(service, link),
    system,
    settings: { ...config, processes: processCount(config) },
    counters,
    tls: certificates?.identity,
    tokens,
  });
  if (certificates !== undefined) certificates.onChange = identity => http.takeIdentity(identity);
  const stop = async (drainMs = config.drainMs) => {
    draining = true;
    reloader.stop();
    await http.close(drainMs);
    await frond.close();
    log.info({}, 'stopped');
  };
  const beginStop = stopOnSignals(stop, { system, limitMs: stopLimitMs(config) });
  reloadOnSignal(config, () => reloader.reloadAll());
  link?.attach({
    stop: drain => (drain ? beginStop({}) : beginStop({ parent: 'gone' }, () => stop(0))),
    reload: () => reloader.reloadAll(),
    shed: connections => http.shed(connections),
    openConnections: () => http.openConnections(),
    collect: async asked => (asked.topic === 'status' ? service.status(asked.selection) : registry.getMetricsAsJSON()),
  });
  const listen = async () => {
    const address = await http.listen();
    if (link === undefined) greet(log, config, address);
    else link.listening(address);
  };
  // Listening first: what can be answered is answered while the rest still starts; /readyz tells.
  if (link === undefined) await listen();
  try {
    await frond.start();
    // One of several: the others answer meanwhile, and nobody could be told to ask those.
    if (link !== undefined && !draining) await listen();
  } catch (error) {
    if (draining) return;
    reloader.stop();
    await Promise.all([http.close(), frond.close()]);
    throw error;
  }
  if (!draining) tellStart(frond, config, log);
}
