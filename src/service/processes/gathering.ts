import { Registry } from 'prom-client';
import type { MetricsText } from '../../http/served.ts';
import { registerProcessMetrics } from '../../metrics/process-metrics.ts';
import type { System } from '../../system/system.ts';
import type { Cancel, Timers } from '../../system/timers.ts';
import { Collector } from './collector.ts';
import type { Member } from './member.ts';
import { MergedMetrics } from './merged-metrics.ts';
import type { Metric, ProcessStatus, Question, ToParent } from './messages.ts';

/** How old the figures are at most that stand in for an answer. */
const REFRESH_MS = 5000;

/** What is told of all processes together. */
export class Gathering {
  readonly #members: readonly Member[];
  readonly #timers: Timers;
  readonly #collector: Collector;
  readonly #merged = new MergedMetrics();
  readonly #ownMetrics = new Registry();
  readonly #underWay = new Map<string, Promise<MetricsText | readonly ProcessStatus[]>>();

  #cancelRefresh: Cancel = () => {};

  constructor(members: readonly Member[], system: System) {
    this.#members = members;
    this.#timers = system.timers;
    registerProcessMetrics(this.#ownMetrics, members);
    this.#collector = new Collector(members, system.timers);
  }

  /** For `metrics` the page, for `status` a list; those who ask the same at the same time share it. */
  gather(question: Question): Promise<MetricsText | readonly ProcessStatus[]> {
    const key = JSON.stringify(question);
    let gathered = this.#underWay.get(key);
    if (gathered === undefined) {
      gathered = question.topic === 'metrics' ? this.#metrics() : this.#status(question);
      this.#underWay.set(key, gathered);
      const forget = () => this.#underWay.delete(key);
      gathered.then(forget, forget);
    }
    return gathered;
  }

  take(index: number, { id, topic, value }: Extract<ToParent, { kind: 'collected' }>): void {
    if (topic === 'metrics') this.#merged.take(index, value as readonly Metric[]);
    this.#collector.take(index, id, value);
  }

  /** Keeps figures that are not old of every process, for when it does not answer in time or has ended. */
  keepFresh(): void {
    this.#cancelRefresh();
    this.#collector.collect({ topic: 'metrics' });
    this.#cancelRefresh = this.#timers.background(REFRESH_MS, () => this.keepFresh());
  }

  stop(): void {
    this.#cancelRefresh();
  }

  end(index: number): void {
    this.#collector.giveUp(index);
    this.#merged.end(index);
  }

  async #metrics(): Promise<MetricsText> {
    await this.#collector.collect({ topic: 'metrics' });
    const alive = new Set(this.#members.filter(member => member.isAlive).map(member => member.index));
    const own = (await this.#ownMetrics.getMetricsAsJSON()) as unknown as readonly Metric[];
    return this.#merged.page(index => alive.has(index), own);
  }

  async #status(question: Question): Promise<readonly ProcessStatus[]> {
    const answers = await this.#collector.collect(question);
    return this.#members.map(member => ({
      index: member.index,
      pid: member.pid ?? null,
      state: member.isAlive ? 'ready' : member.listening ? 'silent' : 'down',
      status: (answers.get(member.index) as object | undefined) ?? null,
    }));
  }
}
