import type { ServerResponse } from 'node:http';
import type { IdKind } from '../allocators/allocator.ts';
import type { AnsweredBatch } from '../allocators/fallback.ts';
import { JSON_TYPE, sendBody, TEXT_TYPE } from './answer.ts';
import { ChunkPool } from './chunk-pool.ts';
import { idLines, type LineFrame, linesMaxBytes, type NextChunk, uuidLines, uuidLinesBytes } from './id-lines.ts';
import type { LazyTexts } from './lazy-uuids.ts';
import { type BatchTurns, batchCost } from './overload/batch-turns.ts';

/** Batches up to this size are answered whole, with their length. */
const WHOLE_MAX_BYTES = 256 * 1024;
/** No batch has more than this in memory at one time. */
export const BATCH_BYTES_MAX = WHOLE_MAX_BYTES;
const CHUNK_BYTES = 64 * 1024;
/** After so many chunks other batches and requests get their turn. */
const CHUNKS_A_TURN = 4;
/** What is in those chunks. */
const IDS_A_TURN = 12_000;
const UUIDS_A_TURN = 7000;

const TEXT_FRAME: LineFrame = { opening: '', separator: '\n', closing: '\n' };

function jsonFrame(kind: string, tag: string | undefined): LineFrame {
  const rest = JSON.stringify({ kind, tag });
  return { opening: '{"ids":["', separator: '","', closing: `"],${rest.slice(1)}` };
}

/** The bytes of the answer at the most, and its text in chunks. */
function linesOf({ batch }: AnsweredBatch<LazyTexts>, count: number, frame: LineFrame) {
  if ('count' in batch) {
    const maxBytes = uuidLinesBytes(batch, frame);
    return { maxBytes, chunks: (next: NextChunk) => uuidLines(batch, frame, next) };
  }
  const ranges = batch;
  return { maxBytes: linesMaxBytes(count, frame), chunks: (next: NextChunk) => idLines(ranges, frame, next) };
}

/** Resolves when the socket has taken what was written, or is gone; the server cuts off a reader that stands still. */
function roomIn(res: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.on('drain', done);
    res.on('close', done);
  });
}

/** The cost of a batch until its next turn. */
export function turnCost(kind: IdKind, count: number): number {
  return batchCost(kind, Math.min(count, kind === 'uuid' ? UUIDS_A_TURN : IDS_A_TURN));
}

export interface BatchForm {
  readonly json: boolean;
  /** Shown in JSON with segment IDs. */
  readonly tag: string | undefined;
  /** Further headers, names and values in turn. */
  readonly headers: readonly string[];
}

function frameOf({ kind }: AnsweredBatch<LazyTexts>, { json, tag }: BatchForm): LineFrame {
  return json ? jsonFrame(kind, kind === 'segment' ? tag : undefined) : TEXT_FRAME;
}

/** Answers with batches of IDs, small ones whole and large ones bit by bit. */
export class BatchAnswers {
  readonly #turns: BatchTurns;
  readonly #pool = new ChunkPool();

  constructor(turns: BatchTurns) {
    this.#turns = turns;
  }

  /** Answers with a batch that fits into one piece. False, and nothing is sent, for a larger one. */
  sendWhole(res: ServerResponse, answer: AnsweredBatch<LazyTexts>, count: number, form: BatchForm): boolean {
    const { maxBytes, chunks } = linesOf(answer, count, frameOf(answer, form));
    if (maxBytes > WHOLE_MAX_BYTES) return false;
    const whole = chunks(() => this.#pool.take(maxBytes)).next().value!;
    sendBody(res, 200, form.json ? JSON_TYPE : TEXT_TYPE, whole, form.headers, () => this.#pool.give(whole));
    return true;
  }

  /**
   * Answers with `count` IDs; large batches are streamed as fast as the client reads and end early with it. The first
   * turn is the caller's to take.
   */
  async send(res: ServerResponse, answer: AnsweredBatch<LazyTexts>, count: number, form: BatchForm): Promise<void> {
    if (this.sendWhole(res, answer, count, form)) return;
    const { chunks } = linesOf(answer, count, frameOf(answer, form));
    const contentType = form.json ? JSON_TYPE : TEXT_TYPE;
    const headers = ['Content-Type', contentType, 'Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'];
    res.writeHead(200, [...headers, ...form.headers]);
    const cost = turnCost(answer.kind, count);
    await this.#stream(
      res,
      cost,
      chunks(() => this.#pool.take(CHUNK_BYTES)),
    );
  }

  async #stream(res: ServerResponse, cost: number, chunks: Generator<Buffer, void>): Promise<void> {
    let written = 0;
    for (const chunk of chunks) {
      const more = res.write(chunk, error => {
        if (!error) this.#pool.give(chunk);
      });
      if (!more && !res.destroyed) await roomIn(res);
      if (++written % CHUNKS_A_TURN === 0) await this.#turns.take(cost);
      if (res.destroyed) return;
    }
    res.end();
  }
}
