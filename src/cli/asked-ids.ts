import type { IdKind } from '../allocators/allocator.ts';
import { ID_FORMATS, type IdFormatName } from '../formats/id-text.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-code.ts';

/** What `frond next` was asked for. */
export interface AskedIds {
  readonly kind: IdKind;
  /** Of segments only. */
  readonly tag: string | undefined;
  /** Undefined: one. */
  readonly count: number | undefined;
  readonly uuidVersion: 'v4' | 'v7';
}

/** IDs in the spelling of the service, some at a time. */
export type IdTexts = AsyncIterable<readonly string[]>;

export const OUTPUT_FORMATS = ['text', 'json', ...(Object.keys(ID_FORMATS) as IdFormatName[])] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

const COUNT_MAX_IDS = 10_000_000;

/** @throws CliError for a count out of its range */
export function readCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = /^[1-9]\d{0,7}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= COUNT_MAX_IDS) return count;
  throw new CliError(
    `--count is ${JSON.stringify(text)}; expected a whole number from 1 to ${COUNT_MAX_IDS}`,
    EXIT.usage,
  );
}
