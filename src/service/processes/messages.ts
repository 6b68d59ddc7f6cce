/** What a parent and its processes say to one another over Node's IPC channel. Types only. */

import type { AddressInfo } from 'node:net';
import type { TagSelection } from '../../allocators/tag-selection.ts';
import type { StartProblem } from './start-failure.ts';

/** What can be asked of all processes at once. */
export type Question = { readonly topic: 'metrics' } | { readonly topic: 'status'; readonly selection: TagSelection };
export type Topic = Question['topic'];

/** A metric as prom-client's registries give it. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /** How prom-client makes one of several; `omit`: not at all. */
  readonly aggregator: 'sum' | 'min' | 'max' | 'first' | 'average' | 'omit';
  readonly values: readonly {
    readonly labels: Readonly<Record<string, string | number>>;
    readonly value: number;
    readonly metricName?: string;
  }[];
}

/** One process as `/status` shows it. */
export interface ProcessStatus {
  readonly index: number;
  /** Null while there is none. */
  readonly pid: number | null;
  /** `ready`: it answers, and `status.ready` says more; `silent`: it does not answer; `down`: it ended or only starts. */
  readonly state: 'ready' | 'silent' | 'down';
  /** What its own `/status` says; null when it does not answer. */
  readonly status: object | null;
}

export type ToChild =
  | { readonly kind: 'stop' }
  | { readonly kind: 'reload' }
  /** End so many connections after their next answer. */
  | { readonly kind: 'shed'; readonly connections: number }
  /** Say this of yourself. */
  | { readonly kind: 'collect'; readonly id: number; readonly question: Question }
  /** What was asked of all. */
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown };

export type ToParent =
  /** What is sent from now on arrives: nothing before did. */
  | { readonly kind: 'here' }
  /** Sent all the time from the first request on: the event loop turns. */
  | { readonly kind: 'beat'; readonly connections: number }
  | { readonly kind: 'listening'; readonly address: AddressInfo }
  | { readonly kind: 'started' }
  /** The start failed for a reason that no waiting mends. */
  | { readonly kind: 'failed'; readonly problem: StartProblem }
  | { readonly kind: 'collected'; readonly id: number; readonly topic: Topic; readonly value: unknown }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question };

/** What is for more than the place of the process that says it. */
export type ToldToParent = Exclude<ToParent, { readonly kind: 'here' }>;
