/**
 * The requests for IDs, answered on bare node:http: express would double their cost.
 *
 * The fast lane is one look-up by the exact URL. A URL enters it when it has given an ID in the plain form, so there
 * are as many as there are tags in use; everything else (queries, JSON, waits, refusals) takes the other lane of
 * `id-routes.ts`. What is not about IDs is left to the caller.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnySource } from '../allocators/fallback.ts';
import { FrondError } from '../errors.ts';
import { CLIENT_GONE_STATUS, type HttpCounters, type HttpRoute, type RouteMeter } from '../metrics/http-counters.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';
import type { System } from '../system/system.ts';
import { asksForJson } from './accept.ts';
import { TEXT_TYPE } from './answer.ts';
import { refuseTokenInUrl } from './auth/bearer.ts';
import type { Gate } from './gate.ts';
import { type IdPath, isIdPath, parseIdPath, routeOfIdPath } from './id-path.ts';
import { type AdmitIds, IdRoutes, type IdRoutesOptions } from './id-routes.ts';
import { refusalOf, sendProblem } from './problem.ts';

export interface HotPathOptions extends IdRoutesOptions {
  readonly system: Pick<System, 'clock' | 'logger'>;
  readonly counters: HttpCounters;
  readonly gate: Gate;
  /** The most URLs in the fast lane; default 10,000. */
  readonly maxLanes?: number | undefined;
}

/** A request on its way through the other lane. */
interface Visit {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly startedMs: number;
  /** True when the fast lane has let it pass the gate. */
  readonly admitted: boolean;
}

interface Lane {
  readonly path: IdPath;
  readonly source: AnySource;
  readonly meter: RouteMeter;
  /** Leaf's routes give text whatever is asked for. */
  readonly textOnly: boolean;
}

/** The spelling under which a path may be remembered: one per tag, however it was escaped by the caller. */
function canonicalUrl({ kind, tag, form }: IdPath): string | undefined {
  if (form === 'ids') return tag === undefined ? `/id/${kind}` : `/id/segment/${tag}`;
  return form === 'leaf' && tag !== undefined ? `/api/segment/get/${tag}` : undefined;
}

export class HotPath {
  readonly #routes: IdRoutes;
  readonly #counters: HttpCounters;
  readonly #gate: Gate;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #maxLanes: number;
  readonly #lanes = new Map<string, Lane>();

  constructor(options: HotPathOptions) {
    this.#routes = new IdRoutes(options);
    this.#counters = options.counters;
    this.#gate = options.gate;
    this.#clock = options.system.clock;
    this.#logger = options.system.logger;
    this.#maxLanes = options.maxLanes ?? 10_000;
  }

  /** True when the request is about IDs: it is answered, or will be. Never throws, never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): boolean {
    const url = req.url!;
    const lane = this.#lanes.get(url);
    if (lane === undefined && !isIdPath(url)) return false;
    const startedMs = this.#clock.monotonicMs();
    const fast = lane !== undefined && req.method === 'GET' && (lane.textOnly || !asksForJson(req.rawHeaders));
    if (fast) {
      try {
        if (!this.#gate.open) this.#gate.admitIds(req, lane.path, 1, [], startedMs);
        const id = lane.source.tryNext();
        if (id !== undefined) {
          const text = String(id);
          res.writeHead(200, [
            'Content-Type',
            TEXT_TYPE,
            'Content-Length',
            String(text.length),
            'Cache-Control',
            'no-store',
          ]);
          res.end(text);
          lane.meter.record(200, this.#clock.monotonicMs() - startedMs);
          return true;
        }
      } catch (error) {
        lane.meter.record(this.#refuse(req, res, error), this.#clock.monotonicMs() - startedMs);
        return true;
      }
    }
    this.#takeOtherLane({ req, res, startedMs, admitted: fast });
    return true;
  }

  #takeOtherLane(visit: Visit): void {
    const { req, res, startedMs, admitted } = visit;
    const url = req.url!;
    const mark = url.indexOf('?');
    const pathText = mark < 0 ? url : url.slice(0, mark);
    let path: IdPath | undefined;
    let pending: Promise<void> | undefined;
    try {
      const credential = admitted ? undefined : this.#gate.enter(req, startedMs);
      refuseTokenInUrl(url);
      const admit: AdmitIds = (asked, count, standIns) => {
        if (credential !== undefined) this.#gate.allowIds(credential, asked, count, standIns, startedMs);
      };
      path = parseIdPath(pathText);
      if (path === undefined) throw new FrondError('NOT_FOUND', { path: pathText });
      pending = this.#routes.answer(req, res, path, mark < 0 ? undefined : url.slice(mark + 1), admit);
    } catch (error) {
      this.#refused(visit, path?.route ?? routeOfIdPath(pathText), error);
      return;
    }
    const asked = path;
    if (pending === undefined) {
      this.#answered(visit, asked);
      return;
    }
    pending
      .then(
        () => this.#answered(visit, asked),
        error => this.#refused(visit, asked.route, error),
      )
      .catch(error => this.#logger.error({ err: error }, 'the answer to a request was lost'));
  }

  #answered(visit: Visit, path: IdPath): void {
    const { req, res } = visit;
    this.#record(visit, path.route, req.socket.destroyed ? CLIENT_GONE_STATUS : res.statusCode);
    this.#remember(req, res, path);
  }

  #refused(visit: Visit, route: HttpRoute, error: unknown): void {
    this.#record(visit, route, this.#refuse(visit.req, visit.res, error));
  }

  #record({ startedMs }: Visit, route: HttpRoute, status: number): void {
    this.#counters.meter(route).record(status, this.#clock.monotonicMs() - startedMs);
  }

  /** Opens the fast lane to a URL that has just given one ID of the asked kind. */
  #remember(req: IncomingMessage, res: ServerResponse, path: IdPath): void {
    const url = req.url!;
    if (this.#lanes.has(url) || this.#lanes.size >= this.#maxLanes) return;
    if (req.method !== 'GET' || res.statusCode !== 200 || url !== canonicalUrl(path)) return;
    this.#lanes.set(url, {
      path,
      source: this.#routes.sourceOf(path),
      meter: this.#counters.meter(path.route),
      textOnly: path.form === 'leaf',
    });
  }

  #refuse(req: IncomingMessage, res: ServerResponse, error: unknown): number {
    if (req.socket.destroyed) return CLIENT_GONE_STATUS;
    const refusal = refusalOf(error, this.#logger, {
      method: req.method,
      path: req.url?.split('?', 1)[0]?.slice(0, 200),
    });
    if (refusal.code === 'UNKNOWN_TAG') this.#lanes.delete(req.url!);
    return sendProblem(res, refusal, this.#counters);
  }
}
