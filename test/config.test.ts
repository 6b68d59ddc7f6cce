import { describe, expect, it } from 'vitest';
import { envNameOf, flagNameOf, loadConfig, resolveConfig, valuesFromEnv } from '../src/config.ts';
import { FrondError } from '../src/errors.ts';
import { SETTINGS } from '../src/settings/table.ts';

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(FrondError);
    expect((error as FrondError).code).toBe('INVALID_CONFIG');
    return (error as Error).message;
  }
  throw new Error('was not refused');
}

describe('configuration', () => {
  it('has valid defaults and is frozen', () => {
    const config = resolveConfig({});
    expect(config.port).toBe(8080);
    expect(config.segmentStore).toBe('sqlite:');
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('accepts every default through its own schema', () => {
    for (const setting of Object.values(SETTINGS)) {
      expect(setting.schema.safeParse(String(setting.default))).toMatchObject({ success: true, data: setting.default });
    }
  });

  it('lets flags win over the environment, and the environment over defaults', () => {
    const env = { FROND_PORT: '9000', FROND_HOST: '0.0.0.0', PATH: '/bin' };
    expect(loadConfig(env, { port: '9001' })).toMatchObject({ port: 9001, host: '0.0.0.0', maxWaiters: 10_000 });
  });

  it('is not disturbed by what Kubernetes sets beside a Service that is named frond', () => {
    const env = {
      FROND_SERVICE_HOST: '10.0.0.1',
      FROND_SERVICE_PORT_HTTP: '8080',
      FROND_PORT: 'tcp://10.0.0.1:8080',
      FROND_PORT_8080_TCP_ADDR: '10.0.0.1',
    };
    expect(loadConfig(env).port).toBe(8080);
  });

  it('treats an empty variable as not set', () => {
    expect(loadConfig({ FROND_PORT: '' }).port).toBe(8080);
  });

  it('refuses an unknown variable and names the nearest one', () => {
    expect(refusal(() => valuesFromEnv({ FROND_SEGMENT_STOR: 'x' }))).toContain('did you mean FROND_SEGMENT_STORE?');
    expect(refusal(() => valuesFromEnv({ FROND_TOKEN: 'x' }))).toMatch(
      /FROND_TOKEN.*for frond next, status and bench; unset it/,
    );
    expect(refusal(() => valuesFromEnv({ FROND_URL: 'x' }))).toMatch(
      /FROND_URL.*for frond next, status and bench; unset it/,
    );
    expect(refusal(() => resolveConfig({ dataDirr: 'x' } as never))).toContain('did you mean dataDir?');
  });

  it.each([
    ['FROND_PORT', '65536'],
    ['FROND_PORT', '-1'],
    ['FROND_PORT', '80a'],
    ['FROND_PORT', '8e1'],
    ['FROND_SEGMENT_STORE', 'postgres://x'],
    ['FROND_WORKER_SLOTS', 'static:'],
    ['FROND_WORKER_SLOTS', 'static:-1'],
    ['FROND_WORKER_SLOTS', 'statefulset:3'],
    ['FROND_ALLOWANCE_MS', '-1'],
    ['FROND_ALLOWANCE_MS', '86400001'],
    ['FROND_LOG_LEVEL', 'loud'],
    ['FROND_HOST', 'a b'],
  ])('refuses %s=%s and names the variable, the value and what is expected', (name, value) => {
    const message = refusal(() => loadConfig({ [name]: value }));
    expect(message).toContain(name);
    expect(message).toContain(`"${value}" is not `);
  });

  it('names the flag when the value came from a flag', () => {
    expect(refusal(() => loadConfig({}, { port: 'x' }))).toContain('--port');
  });

  it('never shows a secret', () => {
    const message = refusal(() => loadConfig({ FROND_ADMIN_TOKEN: 'short' }));
    expect(message).toContain('FROND_ADMIN_TOKEN');
    expect(message).not.toContain('"short"');
  });

  it('shows a misspelt address without its user and password', () => {
    for (const name of ['FROND_SEGMENT_STORE', 'FROND_WORKER_SLOTS']) {
      const message = refusal(() => loadConfig({ [name]: 'mysq://root:hunter2@db/ids' }));
      expect(message).toContain('"mysq://…@db/ids"');
      expect(message).not.toContain('hunter2');
    }
  });

  it.each(['static:7', 'statefulset:', 'mysql://u:p@h/d'])('takes %s without a data directory', workerSlots => {
    expect(resolveConfig({ dataDir: 'none', segmentStore: 'off', workerSlots }).workerSlots).toBe(workerSlots);
  });

  it.each([
    [{ lookaheadMs: 1000 }, 'FROND_RENEW_INTERVAL_MS'],
    [{ startWaitMaxMs: 3500 }, 'FROND_LOOKAHEAD_MS'],
    [{ forwardLimitMs: 2000 }, 'FROND_LOOKAHEAD_MS'],
    [{ maxRangeIds: 10 }, 'FROND_MAX_COUNT_IDS'],
    [{ requestTimeoutMs: 1000 }, 'FROND_HEADERS_TIMEOUT_MS'],
    [{ dataDir: 'none' }, 'FROND_SEGMENT_STORE'],
    [{ dataDir: 'none', segmentStore: 'off' }, 'FROND_WORKER_SLOTS'],
  ])('asserts the relation broken by %o', (values, other) => {
    expect(refusal(() => resolveConfig(values))).toContain(other);
  });

  it.each([
    [{ tlsCertFile: '/a' }, 'FROND_TLS_KEY_FILE: must be set, because FROND_TLS_CERT_FILE is'],
    [{ tlsKeyFile: '/a' }, 'FROND_TLS_CERT_FILE: must be set, because FROND_TLS_KEY_FILE is'],
    [{ tlsClientCaFile: '/a' }, 'FROND_TLS_CERT_FILE: must be set, because FROND_TLS_CLIENT_CA_FILE is'],
    [{ processes: 2, workerSlots: 'static:7' }, 'FROND_WORKER_SLOTS: static:7 is for one process only'],
    [{ processes: 'auto', workerSlots: 'statefulset:' }, 'FROND_WORKER_SLOTS: statefulset: is for one process only'],
    [{ processes: 2, workerSlots: 'memory:' }, 'FROND_WORKER_SLOTS: memory: is for one process only'],
    [{ processes: 2, segmentStore: 'memory:' }, 'FROND_SEGMENT_STORE: memory: is for one process only'],
  ] as const)('refuses what does not go together: %o', (values, text) => {
    expect(refusal(() => resolveConfig(values))).toContain(text);
  });

  it.each([
    'zookeper://me:hunter2@h/t',
    'zookeeper:me:hunter2@h/t',
    'zookeeper:me:hunt//er2@h',
    'mysq://me:hunter2@h/d',
  ])('never shows the password of an address that is nearly right (%s)', url => {
    const message = refusal(() => resolveConfig({ segmentStore: 'off', workerSlots: url }));
    expect(message).toMatch(/zookeeper:\/\/user:password@/);
    expect(message).not.toContain('er2');
  });

  it('names settings alike in the environment and as flags', () => {
    expect(envNameOf('keepAliveTimeoutMs')).toBe('FROND_KEEP_ALIVE_TIMEOUT_MS');
    expect(flagNameOf('keepAliveTimeoutMs')).toBe('--keep-alive-timeout-ms');
  });
});
