import { hostname } from 'node:os';
import { FrondError } from '../../errors.ts';
import { AUTO_ALLOWANCE_MS, AUTO_PROVEN_ALLOWANCE_MS } from '../../settings/allowance.ts';
import type { SlotOwner } from '../../stores/slot-store.ts';

/** The slot keeper's settings; each has a default. Milliseconds. */
export interface SlotKeeperOptions {
  /** How often the slot is renewed. @default 1000 */
  readonly renewIntervalMs?: number | undefined;
  /** How far ahead of the wall clock the high-water mark is kept. @default 3000 */
  readonly lookaheadMs?: number | undefined;
  /** The longest that a start waits for the wall clock to pass the floor before it refuses. @default 5000 */
  readonly startWaitMaxMs?: number | undefined;
  /** The greatest distance of the wall clock behind the last ID that is absorbed. @default 5000 */
  readonly rollbackLimitMs?: number | undefined;
  /** The greatest unconfirmed forward step of the wall clock that is followed. @default 5000 */
  readonly forwardLimitMs?: number | undefined;
  /** How long a forward jump must last to be believed where the store has no time of its own. @default 10000 */
  readonly forwardConfirmMs?: number | undefined;
  /** The greatest difference from the store's time at a claim. @default 10000 */
  readonly skewLimitMs?: number | undefined;
  /** After this time without an answer the outcome of a store call is unknown. @default 1500, at most half the lookahead */
  readonly opTimeoutMs?: number | undefined;
  /**
   * How long IDs flow while the store is away, where `take` proves no death: the bound is this far above the
   * high-water mark. A crash burns the worker ID for as long, unless a record on this host proves it. By default
   * 24 hours where such a record has outlived a process, else 10 minutes. @default 'auto'
   */
  readonly allowanceMs?: number | 'auto' | undefined;
  /** A start without the slot store goes on from this host's record. @default 'off' */
  readonly offlineStart?: 'on' | 'off' | undefined;
  /** What a stop does with the worker ID; `park` needs a record on this host. @default 'release' */
  readonly slotOnStop?: 'release' | 'park' | undefined;
  /** Who we are, for people. @default this host and process, without a port */
  readonly owner?: SlotOwner | undefined;
}

/** All settings with their values. */
export interface KeeperSettings {
  readonly renewIntervalMs: number;
  readonly lookaheadMs: number;
  readonly startWaitMaxMs: number;
  readonly rollbackLimitMs: number;
  readonly forwardLimitMs: number;
  readonly forwardConfirmMs: number;
  readonly skewLimitMs: number;
  readonly opTimeoutMs: number;
  /** Without, and with, a record on this host that has outlived a process. */
  readonly allowanceMs: number;
  readonly provenAllowanceMs: number;
  readonly offlineStart: boolean;
  readonly parks: boolean;
  readonly owner: SlotOwner;
}

const SETTING_OF = {
  renewIntervalMs: 'FROND_RENEW_INTERVAL_MS',
  lookaheadMs: 'FROND_LOOKAHEAD_MS',
  startWaitMaxMs: 'FROND_START_WAIT_MAX_MS',
  rollbackLimitMs: 'FROND_ROLLBACK_LIMIT_MS',
  forwardLimitMs: 'FROND_FORWARD_LIMIT_MS',
  forwardConfirmMs: 'FROND_FORWARD_CONFIRM_MS',
  skewLimitMs: 'FROND_SKEW_LIMIT_MS',
  opTimeoutMs: 'FROND_OP_TIMEOUT_MS',
  allowanceMs: 'FROND_ALLOWANCE_MS',
  provenAllowanceMs: 'FROND_ALLOWANCE_MS',
} as const;

type MsSetting = keyof typeof SETTING_OF;

/** The only settings that may be 0. */
const MAY_BE_ZERO: ReadonlySet<MsSetting> = new Set([
  'rollbackLimitMs',
  'forwardConfirmMs',
  'allowanceMs',
  'provenAllowanceMs',
]);

/**
 * The settings with their defaults, checked.
 * @param provesDeath of the slot store: the bound then is the high-water mark itself
 * @throws FrondError INVALID_CONFIG naming the setting, its value and its bounds
 */
export function keeperSettings(options: SlotKeeperOptions, provesDeath: boolean): KeeperSettings {
  const lookaheadMs = options.lookaheadMs ?? 3000;
  const given = options.allowanceMs === 'auto' ? undefined : options.allowanceMs;
  const settings: KeeperSettings = {
    renewIntervalMs: options.renewIntervalMs ?? 1000,
    lookaheadMs,
    startWaitMaxMs: options.startWaitMaxMs ?? 5000,
    rollbackLimitMs: options.rollbackLimitMs ?? 5000,
    forwardLimitMs: options.forwardLimitMs ?? 5000,
    forwardConfirmMs: options.forwardConfirmMs ?? 10_000,
    skewLimitMs: options.skewLimitMs ?? 10_000,
    opTimeoutMs: options.opTimeoutMs ?? Math.max(1, Math.min(1500, Math.floor(lookaheadMs / 2))),
    allowanceMs: provesDeath ? 0 : (given ?? AUTO_ALLOWANCE_MS),
    provenAllowanceMs: provesDeath ? 0 : (given ?? AUTO_PROVEN_ALLOWANCE_MS),
    offlineStart: options.offlineStart === 'on',
    parks: options.slotOnStop === 'park',
    owner: options.owner ?? { host: hostname(), port: null, pid: process.pid },
  };
  for (const name of Object.keys(SETTING_OF) as MsSetting[]) {
    const min = MAY_BE_ZERO.has(name) ? 0 : 1;
    if (!Number.isSafeInteger(settings[name]) || settings[name] < min) {
      throw invalid(name, `is ${settings[name]}; expected an integer of milliseconds, ${min} or more`);
    }
  }
  assertRelations(settings);
  return settings;
}

/** Three renewals a lookahead (CockroachDB's factor): two may fail before the limit is felt. */
function assertRelations(s: KeeperSettings): void {
  const { lookaheadMs: ahead } = s;
  if (ahead < 3 * s.renewIntervalMs) {
    throw invalid('lookaheadMs', `is ${ahead}; expected 3 renewal intervals, ${3 * s.renewIntervalMs}, or more`);
  }
  if (s.startWaitMaxMs < ahead + 1000) {
    throw invalid('startWaitMaxMs', `is ${s.startWaitMaxMs}; expected the lookahead + 1000, ${ahead + 1000}, or more`);
  }
  if (s.opTimeoutMs > ahead / 2) {
    throw invalid('opTimeoutMs', `is ${s.opTimeoutMs}; expected half the lookahead, ${ahead / 2}, or less`);
  }
  if (s.forwardLimitMs < ahead) {
    throw invalid('forwardLimitMs', `is ${s.forwardLimitMs}; expected the lookahead, ${ahead}, or more`);
  }
}

function invalid(name: MsSetting, problem: string): FrondError {
  return new FrondError('INVALID_CONFIG', { setting: SETTING_OF[name], problem });
}
