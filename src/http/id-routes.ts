import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IdKind, IdRange } from '../allocators/allocator.ts';
import { type AnsweredBatch, type AnsweredId, type AnySource, FallbackSource } from '../allocators/fallback.ts';
import { FrondError } from '../errors.ts';
import { asksForJson } from './accept.ts';
import { JSON_TYPE, sendAllow, sendBody, TEXT_TYPE } from './answer.ts';
import { BATCH_BYTES_MAX, BatchAnswers, turnCost } from './batch-answer.ts';
import { untilDeparture } from './departure.ts';
import type { IdPath } from './id-path.ts';
import { type CountLimits, type IdQuery, parseIdQuery } from './id-query.ts';
import { type LazyTexts, lazyUuids } from './lazy-uuids.ts';
import { modeOff } from './mode-off.ts';
import { type LoadShedder, SMALL_BATCH_IDS } from './overload/load-shedder.ts';
import type { Served } from './served.ts';

export interface IdRoutesOptions extends CountLimits {
  readonly served: Served;
  readonly shedder: LoadShedder;
}

/** Lets a number of IDs of a path, or of the kinds that may stand in, pass to the caller; or throws. */
export type AdmitIds = (path: IdPath, count: number, standIns: readonly IdKind[]) => void;

const ALLOW = 'GET, HEAD, OPTIONS';

/** One request for IDs, understood. */
interface Asked {
  readonly path: IdPath;
  readonly query: IdQuery;
  readonly json: boolean;
}

/** Everything about IDs that the fast lane of `hot-path.ts` leaves over: queries, JSON, batches, waits and refusals. */
export class IdRoutes {
  readonly #served: Served;
  readonly #limits: CountLimits;
  readonly #shedder: LoadShedder;
  readonly #batches: BatchAnswers;

  constructor({ served, shedder, maxCountIds, maxRangeIds }: IdRoutesOptions) {
    this.#served = served;
    this.#shedder = shedder;
    this.#batches = new BatchAnswers(shedder.turns);
    this.#limits = { maxCountIds, maxRangeIds };
  }

  /**
   * Answers a request: at once where that is possible, and then without a promise.
   * @param search the query's text without its question mark; undefined when there is none
   * @param admit asked before anything is taken
   * @throws FrondError for every refusal, before anything was sent (or rejects with it)
   */
  answer(
    req: IncomingMessage,
    res: ServerResponse,
    path: IdPath,
    search: string | undefined,
    admit: AdmitIds,
  ): Promise<void> | undefined {
    const { method } = req;
    if (method === 'OPTIONS') {
      sendAllow(res, ALLOW);
      return undefined;
    }
    if (method !== 'GET' && method !== 'HEAD') {
      throw new FrondError('METHOD_NOT_ALLOWED', { method: method ?? '', allow: ALLOW });
    }
    const query = parseIdQuery(path, search, this.#limits);
    admit(path, method === 'HEAD' ? 0 : (query.count ?? 1), query.fallback);
    const json = path.form === 'ranges' || (path.form === 'ids' && asksForJson(req.rawHeaders));
    const asked: Asked = { path, query, json };
    const source = this.sourceOf(path, query.version);
    if (method === 'HEAD') {
      this.#head(res, asked);
      return undefined;
    }
    if (query.count !== undefined) {
      if (this.#giveManyNow(res, asked, query.count, source)) return undefined;
      return this.#giveMany(req, res, asked, query.count, source);
    }
    const id = source.tryNext();
    if (id === undefined) return this.#giveOne(req, res, asked, source);
    sendOne(res, asked, { kind: path.kind, id });
    return undefined;
  }

  /** The source that answers a path. @throws FrondError MODE_OFF */
  sourceOf(path: IdPath, version: IdQuery['version'] = 'v7'): AnySource {
    const { segment, snowflake, uuid } = this.#served;
    if (path.kind === 'uuid') return uuid.source(version);
    const allocator = path.kind === 'segment' ? segment : snowflake;
    if (allocator === undefined) throw modeOff(path.kind);
    return allocator.source(path.tag);
  }

  /** The asked source first, then those that may stand in and are not off. */
  #withStandIns(asked: AnySource<LazyTexts>, { path, query }: Asked): FallbackSource<LazyTexts> {
    const kinds = query.fallback.filter(kind => this.#served[kind] !== undefined);
    const standIns = kinds.map(kind => lazyUuids(this.sourceOf({ ...path, kind, tag: undefined })));
    return new FallbackSource([asked, ...standIns]);
  }

  /** HEAD takes no ID: it tells by the allocators' states whether GET would be tried in vain. */
  #head(res: ServerResponse, { path, query, json }: Asked): void {
    const states = [path.kind, ...query.fallback].map(kind => this.#served[kind]?.state ?? 'off');
    if (!states.includes('ready')) throw new FrondError('NOT_READY', { kind: path.kind, state: states[0]! });
    res.writeHead(200, ['Content-Type', json ? JSON_TYPE : TEXT_TYPE, 'Cache-Control', 'no-store']);
    res.end();
  }

  /** Waits for an ID; where no wait may begin, only what is there at once is given. */
  async #giveOne(req: IncomingMessage, res: ServerResponse, asked: Asked, source: AnySource): Promise<void> {
    const sources = this.#withStandIns(lazyUuids(source), asked);
    let given = this.#shedder.behind || this.#shedder.full ? sources.tryNext() : undefined;
    if (given === undefined) {
      this.#shedder.requireCalm('wait');
      given = await this.#shedder.waiting(() => sources.next(untilDeparture(req.socket)));
    }
    requireClient(req);
    sendOne(res, asked, given);
  }

  /**
   * Ranges and small batches that are at hand are answered as single IDs are: at once. Not a batch that has to stand
   * behind another answer, for its bytes count. False: nothing was taken.
   */
  #giveManyNow(res: ServerResponse, { path, query, json }: Asked, count: number, source: AnySource): boolean {
    const isSmall = path.form === 'ranges' || (count <= SMALL_BATCH_IDS && res.socket !== null);
    const batch = isSmall && query.fallback.length === 0 ? lazyUuids(source).tryNextMany?.(count) : undefined;
    if (batch === undefined) return false;
    if (path.form === 'ranges') sendRanges(res, path, batch as readonly IdRange[]);
    else this.#batches.sendWhole(res, { kind: path.kind, batch }, count, { json, tag: path.tag, headers: [] });
    return true;
  }

  async #takeMany(
    req: IncomingMessage,
    asked: Asked,
    count: number,
    source: AnySource,
  ): Promise<AnsweredBatch<LazyTexts>> {
    const lazy = lazyUuids(source);
    const wait = untilDeparture(req.socket);
    if (asked.query.fallback.length > 0) return this.#withStandIns(lazy, asked).nextMany(count, wait);
    return { kind: asked.path.kind, batch: await lazy.nextMany(count, wait) };
  }

  async #giveMany(
    req: IncomingMessage,
    res: ServerResponse,
    asked: Asked,
    count: number,
    source: AnySource,
  ): Promise<void> {
    const { path, query, json } = asked;
    const { turns } = this.#shedder;
    const isLarge = path.form !== 'ranges' && count > SMALL_BATCH_IDS;
    // A small one too stays in memory while answers before it on its connection are not taken.
    const isHeld = path.form !== 'ranges' && res.socket === null;
    if (isLarge || isHeld) this.#shedder.beginBatch(req, res, Math.min(count * LINE_BYTES, BATCH_BYTES_MAX));
    // Nobody waits for UUIDs: these need no place among those who wait, and stand in when there is none.
    const isInstead = this.#shedder.full && query.fallback.includes('uuid');
    const from = isInstead ? this.sourceOf({ ...path, kind: 'uuid', tag: undefined }) : source;
    const take = async () => {
      const taken = await this.#takeMany(req, asked, count, from);
      if (isLarge) await turns.take(turnCost(taken.kind, count));
      return taken;
    };
    const given = await (from.kind === 'uuid' ? take() : this.#shedder.waiting(take));
    requireClient(req);
    if (path.form === 'ranges') sendRanges(res, path, given.batch as readonly IdRange[]);
    else
      await this.#batches.send(res, given, count, {
        json,
        tag: path.tag,
        headers: kindHeader(query, given.kind),
      });
  }
}

/** More than any ID and what stands around it. */
const LINE_BYTES = 40;

/** @throws FrondError ABORTED when the client has gone */
function requireClient(req: IncomingMessage): void {
  if (req.socket.destroyed) throw new FrondError('ABORTED', {});
}

/** Whoever allows another kind is told which kind answered. */
function kindHeader(query: IdQuery, kind: IdKind): readonly string[] {
  return query.fallback.length === 0 ? [] : ['Frond-Kind', kind];
}

/** Tag names need no escaping in JSON, and digits neither. */
function tagField(kind: IdKind, tag: string | undefined): string {
  return kind === 'segment' ? `,"tag":"${tag}"` : '';
}

function sendOne(res: ServerResponse, { path, query, json }: Asked, { kind, id }: AnsweredId): void {
  const more = kindHeader(query, kind);
  if (!json) sendBody(res, 200, TEXT_TYPE, String(id), more);
  else sendBody(res, 200, JSON_TYPE, `{"id":"${id}","kind":"${kind}"${tagField(kind, path.tag)}}`, more);
}

function sendRanges(res: ServerResponse, { kind, tag }: IdPath, ranges: readonly IdRange[]): void {
  const texts = ranges.map(({ start, end, step }) => `{"start":"${start}","end":"${end}","step":"${step}"}`);
  sendBody(res, 200, JSON_TYPE, `{"kind":"${kind}"${tagField(kind, tag)},"ranges":[${texts.join(',')}]}`);
}
