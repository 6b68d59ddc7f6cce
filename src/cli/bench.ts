import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { realSystem } from '../system/system.ts';
import { refusal, requesterOf, requestOptions, ServerClient } from './ask-server.ts';
import type { ServerTarget } from './server-flags.ts';

export interface BenchPlan {
  readonly target: ServerTarget;
  /** With its query. */
  readonly path: string;
  /** IDs that an answer of 200 holds. */
  readonly idsPerAnswer: number;
  readonly connections: number;
  readonly durationMs: number;
}

export interface BenchResult {
  readonly seconds: number;
  readonly answers: number;
  readonly ids: number;
  /** Answers by status other than 200, and what ended without one. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Of answers of 200, in milliseconds. */
  readonly latencyMs: Readonly<Record<'p50' | 'p90' | 'p99' | 'p999' | 'max', number>>;
}

/** One run: each connection asks again as soon as it has its answer, until the time is over. */
class BenchRun {
  readonly #plan: BenchPlan;
  readonly #latency: RecordableHistogram = createHistogram();
  readonly #refusals: Record<string, number> = {};
  readonly #clock = realSystem.clock;
  #answers = 0;

  constructor(plan: BenchPlan) {
    this.#plan = plan;
  }

  async run(): Promise<BenchResult> {
    const { target, connections, durationMs, path, idsPerAnswer } = this.#plan;
    const options = {
      ...requestOptions(target, connections),
      path: `${target.url.pathname.replace(/\/$/, '')}${path}`,
    };
    try {
      await this.#firstAnswer();
      const startedMs = this.#clock.monotonicMs();
      const endMs = startedMs + durationMs;
      await Promise.all(Array.from({ length: connections }, () => this.#askUntil(endMs, options)));
      const seconds = (this.#clock.monotonicMs() - startedMs) / 1000;
      const ids = this.#answers * idsPerAnswer;
      return { seconds, answers: this.#answers, ids, refusals: this.#refusals, latencyMs: percentiles(this.#latency) };
    } finally {
      (options.agent as Agent).destroy();
    }
  }

  /** Not counted: a server that is not there, or has another answer than IDs, is told at once. @throws CliError */
  async #firstAnswer(): Promise<void> {
    const client = new ServerClient(this.#plan.target);
    const answer = await client.get(this.#plan.path);
    client.close();
    if (answer.status !== 200) throw refusal(answer, this.#plan.target);
  }

  async #askUntil(endMs: number, options: RequestOptions): Promise<void> {
    for (let nowMs = this.#clock.monotonicMs(); nowMs < endMs; ) {
      let outcome: string;
      try {
        outcome = String(await this.#ask(options));
      } catch (error) {
        outcome = (error as NodeJS.ErrnoException).code ?? 'failed';
      }
      const answeredMs = this.#clock.monotonicMs();
      if (outcome === '200') {
        this.#answers++;
        this.#latency.record(Math.max(1, Math.round((answeredMs - nowMs) * 1e6)));
      } else this.#refusals[outcome] = (this.#refusals[outcome] ?? 0) + 1;
      nowMs = answeredMs;
    }
  }

  /** The status of one answer, read to its end. */
  #ask(options: RequestOptions): Promise<number> {
    return new Promise((resolve, reject) => {
      const onAnswer = (response: IncomingMessage) => {
        response.on('error', reject).on('end', () => resolve(response.statusCode!));
        response.resume();
      };
      const sent: ClientRequest = requesterOf(this.#plan.target)(options, onAnswer);
      const timedOut = () => sent.destroy(Object.assign(new Error('timed out'), { code: 'timeout' }));
      sent.on('timeout', timedOut).on('error', reject).end();
    });
  }
}

function percentiles(histogram: RecordableHistogram): BenchResult['latencyMs'] {
  const at = (percentile: number) => toMs(histogram.percentile(percentile));
  const max = histogram.count === 0 ? 0 : toMs(histogram.max);
  return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max };
}

function toMs(nanoseconds: number): number {
  return Math.round(nanoseconds / 1000) / 1000;
}

/** @throws CliError when there is no server, or it refuses from the start */
export function bench(plan: BenchPlan): Promise<BenchResult> {
  return new BenchRun(plan).run();
}

/** For people. */
export function benchText({ seconds, answers, ids, refusals, latencyMs }: BenchResult): string {
  const perSecond = (count: number) => Math.round(count / seconds).toLocaleString('en');
  const { p50, p90, p99, p999, max } = latencyMs;
  const lines = [
    `${answers.toLocaleString('en')} answers in ${seconds.toFixed(1)} s: ${perSecond(answers)} a second, ${perSecond(ids)} IDs a second`,
    `latency in ms: p50 ${p50}, p90 ${p90}, p99 ${p99}, p99.9 ${p999}, max ${max}`,
  ];
  for (const [outcome, count] of Object.entries(refusals))
    lines.push(`not answered with 200: ${outcome}, ${count} times`);
  return lines.join('\n');
}
