import { FrondError } from '../../errors.ts';
import type { Clock } from '../../system/clock.ts';
import type { IdLayout } from './id-layout.ts';
import { type LimitReason, limitReason } from './issue-limit.ts';
import type { KeeperSettings } from './keeper-settings.ts';
import type { SlotKeeper } from './slot-keeper.ts';
import type { Miss, Timeline } from './timeline.ts';

/** Why no ID can be given now. */
export interface Refusal {
  /** True when it ends by itself soon, so that a call waits for it up to its deadline. */
  readonly waits: boolean;
  /** True when it ends with the next millisecond, without anybody telling. */
  readonly exhausted: boolean;
  /** Made when somebody is refused, and only then. */
  readonly error: () => FrondError;
}

export interface RefusalView {
  readonly keeper: SlotKeeper;
  readonly timeline: Timeline;
  readonly layout: IdLayout;
  readonly settings: KeeperSettings;
  readonly clock: Clock;
}

/** Why there is no ID. @param miss what the timeline said; by default its last answer of none */
export function refusalOf(view: RefusalView, miss: Miss = view.timeline.lastMiss): Refusal {
  const { keeper } = view;
  const { trouble } = keeper;
  if (trouble !== undefined) return refuse(() => trouble);
  switch (keeper.state) {
    case 'holding':
      return refusalWhileHolding(view, miss);
    case 'claiming':
      return waitFor(() => notReady('starting (claiming a worker ID)'));
    case 'waiting':
      return waitFor(() => notReady('starting (waiting until the clock passes the time persisted by the last start)'));
    case 'fenced':
      return waitFor(() => notReady('claiming a new worker ID, its own was taken over'));
    default:
      return refuse(() => notReady(keeper.state));
  }
}

/** Why timestamps would run out, by what the keeper knows. */
export function limitReasonOf(keeper: SlotKeeper): LimitReason {
  const { trust, tenure } = keeper;
  const [renewalFailure, recordFailure] = [tenure?.hold.failure, tenure?.recordFailure];
  return limitReason({ jumpedMs: trust.jumpedMs, renewalFailure, recordFailure });
}

function refusalWhileHolding({ keeper, layout, settings, clock }: RefusalView, { kind, byMs }: Miss): Refusal {
  switch (kind) {
    case 'backwards': {
      const limitMs = settings.rollbackLimitMs;
      return refuse(
        () => new FrondError('CLOCK_BACKWARDS', { behindMs: byMs, limitMs }, { retryAfterMs: byMs - limitMs }),
      );
    }
    case 'limit': {
      const reason = limitReasonOf(keeper);
      const error = () =>
        new FrondError(
          'LIMIT_REACHED',
          { aheadMs: byMs, reason: reason.text },
          { retryAfterMs: settings.renewIntervalMs },
        );
      return { waits: reason.passing, exhausted: false, error };
    }
    case 'epoch': {
      const range = { firstMs: layout.epochMs + 1, lastMs: layout.lastTimeMs };
      return refuse(() => new FrondError('EPOCH_EXHAUSTED', { timeMs: clock.wallMs(), ...range }));
    }
    default:
      return { waits: true, exhausted: true, error: () => notReady('at the end of a millisecond') };
  }
}

function refuse(error: () => FrondError): Refusal {
  return { waits: false, exhausted: false, error };
}

function waitFor(error: () => FrondError): Refusal {
  return { waits: true, exhausted: false, error };
}

function notReady(state: string): FrondError {
  return new FrondError('NOT_READY', { kind: 'snowflake', state }, { retryAfterMs: 1000 });
}
