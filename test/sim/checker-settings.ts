import type { SlotLayout } from '../../src/stores/slot-store.ts';
import type { Rule } from './verdict.ts';

export interface CheckerSettings {
  readonly layout: SlotLayout;
  readonly provesDeath: boolean;
  /** A process may start from the record on its host alone. */
  readonly offline: boolean;
  readonly rollbackLimitMs: number;
  readonly lookaheadMs: number;
  /** When given, only these are reported. */
  readonly only?: readonly Rule[] | undefined;
}
