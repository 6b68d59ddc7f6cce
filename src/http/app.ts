/** Everything that is not about giving IDs, on express: decoding, tags, health, metrics. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Express, type Request, type Response } from 'express';
import { FrondError } from '../errors.ts';
import { CLIENT_GONE_STATUS, type HttpCounters, type HttpRoute } from '../metrics/http-counters.ts';
import type { System } from '../system/system.ts';
import { sendBody, sendJson } from './answer.ts';
import { fromExpress } from './app-refusal.ts';
import { refuseTokenInUrl } from './auth/bearer.ts';
import { pageRoutes } from './dashboard/page-routes.ts';
import { sendDecoded, sendLeafDecoded } from './decode-routes.ts';
import type { Gate } from './gate.ts';
import { onlyMethods } from './only-methods.ts';
import { type LimitSettings, limitsOf } from './openapi/limits.ts';
import { openApiRoute } from './openapi-route.ts';
import { refusalOf, sendProblem } from './problem.ts';
import type { Service } from './served.ts';
import { parseStatusQuery } from './status-query.ts';
import { tagRoutes } from './tag-routes.ts';
import { workerRoutes } from './worker-routes.ts';

export interface AppOptions {
  readonly service: Service;
  readonly system: System;
  readonly counters: HttpCounters;
  /** Shown in /openapi.json. */
  readonly limits: LimitSettings;
  readonly gate: Gate;
  /** True from the beginning of a graceful stop. */
  readonly isDraining: () => boolean;
}

const READ_ONLY = 'GET, HEAD, OPTIONS';

const ROUTES: Readonly<Record<string, HttpRoute>> = {
  decode: 'decode',
  decodeSnowflakeId: 'leaf_decode',
  tags: 'tags',
  workers: 'workers',
  status: 'status',
  healthz: 'health',
  readyz: 'health',
  metrics: 'metrics',
  '': 'page',
  dashboard: 'page',
  'openapi.json': 'openapi',
};

/** Free to all in exactly this spelling; whatever else is asked for is counted. /metrics counts by itself. */
const FREE = /^\/(?:healthz|readyz|metrics|openapi\.json|dashboard\/[^/?#]+)?(?:\?|$)/;

function routeOf(path: string): HttpRoute {
  const [first = ''] = path.slice(1).split(/[/?]/, 1);
  return Object.hasOwn(ROUTES, first) ? ROUTES[first]! : 'other';
}

/** Counts a request when its answer is out or its client has left. */
function measure({ system, counters }: AppOptions, url: string, res: ServerResponse): void {
  const startedMs = system.clock.monotonicMs();
  res.once('close', () => {
    const status = res.writableFinished ? res.statusCode : CLIENT_GONE_STATUS;
    counters.meter(routeOf(url)).record(status, system.clock.monotonicMs() - startedMs);
  });
}

/** Alive: the process answers. Nothing that a restart would not mend may make this fail. */
function healthRoutes(app: Express, { service, isDraining }: AppOptions): void {
  app
    .route('/healthz')
    .get((_req, res) => sendJson(res, 200, { status: 'ok' }))
    .all(onlyMethods(READ_ONLY));
  app
    .route('/readyz')
    .get((_req, res) => {
      const { ready, checks } = service.ready();
      if (isDraining()) {
        sendJson(res, 503, { status: 'stopping', checks }, ['Retry-After', '1']);
      } else if (ready) {
        sendJson(res, 200, { status: 'ready', checks });
      } else {
        sendJson(res, 503, { status: 'not ready', checks }, ['Retry-After', '1']);
      }
    })
    .all(onlyMethods(READ_ONLY));
}

function infoRoutes(app: Express, { service, gate }: AppOptions): void {
  app
    .route('/status')
    .get(gate.status(), async (req, res) => {
      const status = await service.status(parseStatusQuery(req.query));
      sendJson(res, 200, { version: service.version, ...status });
    })
    .all(onlyMethods(READ_ONLY));
  app
    .route('/metrics')
    .get(gate.metrics(), async (_req, res) => {
      const { contentType, text } = await service.metrics();
      sendBody(res, 200, contentType, text);
    })
    .all(onlyMethods(READ_ONLY));
  pageRoutes(app, service.version);
}

function decodeRoutes(app: Express, { service, gate }: AppOptions): void {
  app
    .route('/decode/:id')
    .get(gate.decoding(), (req, res) => sendDecoded(res, service.snowflake, req.params.id))
    .all(onlyMethods(READ_ONLY));
  app
    .route('/decodeSnowflakeId')
    .get(gate.decoding(), (req, res) => sendLeafDecoded(res, service.snowflake, req.query['snowflakeId']))
    .all(onlyMethods(READ_ONLY));
}

/** What no route has taken, and what a route has thrown. */
function createEnding({ system, counters }: AppOptions) {
  return (req: IncomingMessage, res: ServerResponse, error: unknown): void => {
    if (req.socket.destroyed) return;
    const cause = error ?? new FrondError('NOT_FOUND', { path: req.url!.split('?', 1)[0]! });
    const where = { method: req.method, path: req.url!.split('?', 1)[0]!.slice(0, 200) };
    sendProblem(res, refusalOf(fromExpress(cause, req.headers['content-type']), system.logger, where), counters);
  };
}

export type App = (req: IncomingMessage, res: ServerResponse) => void;

/** The routes alone, each by its whole path. */
export function createRoutes(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  healthRoutes(app, options);
  infoRoutes(app, options);
  decodeRoutes(app, options);
  const { service, gate, limits } = options;
  openApiRoute(app, { version: service.version, limits: limitsOf(limits) });
  app.use(tagRoutes({ tags: service.segment, guard: gate.admin('Tag administration') }));
  app.use(workerRoutes({ workers: service.snowflake, guard: gate.admin('The list of workers') }));
  return app;
}

export function createApp(options: AppOptions): App {
  const app = createRoutes(options);
  const end = createEnding(options);
  const { gate, system } = options;
  // Around the app, not in it: a target without a path, as `//~@#`, comes by none of its handlers.
  return (req, res) => {
    measure(options, req.url!, res);
    try {
      if (!FREE.test(req.url!)) gate.enter(req, system.clock.monotonicMs());
      refuseTokenInUrl(req.url!);
    } catch (error) {
      end(req, res, error);
      return;
    }
    app(req as Request, res as Response, error => end(req, res, error));
  };
}
