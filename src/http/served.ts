/** What the HTTP service stands on. Types only; the process's entry builds one. */

import type { Allocator } from '../allocators/allocator.ts';
import type { Decoder } from '../allocators/snowflake/decoded-id.ts';
import type { TagDirectory } from '../allocators/tag-directory.ts';
import type { TagSelection } from '../allocators/tag-selection.ts';
import type { WorkerDirectory } from '../allocators/worker-directory.ts';

/** The kinds of ID of this instance; undefined when a kind is off. */
export interface Served {
  readonly segment: (Allocator & TagDirectory) | undefined;
  readonly snowflake: (Allocator & Decoder & WorkerDirectory) | undefined;
  /** `source('v7')` is the default, `source('v4')` the random kind. */
  readonly uuid: Allocator<string, readonly string[]>;
}

export interface Readiness {
  readonly ready: boolean;
  /** One word or sentence per part of the instance, for people. */
  readonly checks: Readonly<Record<string, string>>;
}

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

/** Everything that the routes show. */
export interface Service extends Served {
  readonly version: string;
  ready(): Readiness;
  /** A plain object; bigints in it are shown as decimal strings. */
  status(selection: TagSelection): object | Promise<object>;
  metrics(): Promise<MetricsText>;
}
