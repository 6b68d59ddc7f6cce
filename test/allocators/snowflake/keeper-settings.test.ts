import { describe, expect, it } from 'vitest';
import { keeperSettings, type SlotKeeperOptions } from '../../../src/allocators/snowflake/keeper-settings.ts';

describe('keeper settings', () => {
  it('have defaults that keep their own relations', () => {
    expect(keeperSettings({}, false)).toMatchObject({
      renewIntervalMs: 1000,
      lookaheadMs: 3000,
      startWaitMaxMs: 5000,
      rollbackLimitMs: 5000,
      forwardLimitMs: 5000,
      forwardConfirmMs: 10_000,
      skewLimitMs: 10_000,
      opTimeoutMs: 1500,
      allowanceMs: 600_000,
    });
  });

  it('have no allowance where a claim is proof: the bound is the mark', () => {
    expect(keeperSettings({ allowanceMs: 5 }, true).allowanceMs).toBe(0);
    expect(keeperSettings({ allowanceMs: 5 }, false).allowanceMs).toBe(5);
  });

  it('shorten the default time limit of calls with the lookahead', () => {
    const short = { renewIntervalMs: 50, lookaheadMs: 151, startWaitMaxMs: 1151 };
    expect(keeperSettings(short, true).opTimeoutMs).toBe(75);
  });

  it.each<[SlotKeeperOptions, string, string]>([
    [{ lookaheadMs: 2999 }, 'FROND_LOOKAHEAD_MS', '3000'],
    [{ startWaitMaxMs: 3999 }, 'FROND_START_WAIT_MAX_MS', '4000'],
    [{ opTimeoutMs: 1501 }, 'FROND_OP_TIMEOUT_MS', '1500'],
    [{ forwardLimitMs: 2999 }, 'FROND_FORWARD_LIMIT_MS', '3000'],
    [{ renewIntervalMs: 0 }, 'FROND_RENEW_INTERVAL_MS', '1 or more'],
    [{ rollbackLimitMs: -1 }, 'FROND_ROLLBACK_LIMIT_MS', '0 or more'],
    [{ skewLimitMs: 1.5 }, 'FROND_SKEW_LIMIT_MS', '1.5'],
    [{ allowanceMs: Number.NaN }, 'FROND_ALLOWANCE_MS', 'NaN'],
    [{ forwardConfirmMs: -5 }, 'FROND_FORWARD_CONFIRM_MS', '-5'],
  ])('refuse %j, naming %s and the bound %s', (options, setting, bound) => {
    let caught: unknown;
    try {
      keeperSettings(options, false);
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'INVALID_CONFIG', details: { setting } });
    expect(String(caught)).toContain(bound);
  });
});
