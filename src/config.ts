import { closest } from 'fastest-levenshtein';
import { FrondError } from './errors.ts';
import { type Config, SETTINGS, type SettingName } from './settings/table.ts';

export type { Config, SettingName } from './settings/table.ts';

/** Values by setting name: text as from the environment or a flag, or the typed value itself (embedded module). */
export type ConfigValues = { readonly [K in SettingName]?: Config[K] | string | undefined };

const names = Object.keys(SETTINGS) as SettingName[];

/** `dataDir` → `FROND_DATA_DIR`. */
export function envNameOf(name: string): string {
  return `FROND_${name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`;
}

/** `dataDir` → `--data-dir`. */
export function flagNameOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
}

function invalid(setting: string, problem: string): FrondError {
  return new FrondError('INVALID_CONFIG', { setting, problem });
}

/** The environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * FROND_TEST_* steer the test set-up only. The others are what Kubernetes sets in every pod beside a Service that is
 * named frond: FROND_SERVICE_HOST, FROND_PORT_8080_TCP_ADDR, and FROND_PORT=tcp://….
 */
const IGNORED = /^FROND_(TEST_|SERVICE_(HOST|PORT)|PORT_\d+_(TCP|UDP))/;
const SERVICE_LINK = /^(tcp|udp):\/\//;

/**
 * The settings in the environment.
 * @throws FrondError INVALID_CONFIG for an unknown FROND_* variable, naming the nearest known one
 */
export function valuesFromEnv(env: Environment): ConfigValues {
  const known = new Map<string, SettingName>(names.map(name => [envNameOf(name), name]));
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(env)) {
    if (!key.startsWith('FROND_') || IGNORED.test(key) || value === undefined) continue;
    const name = known.get(key);
    if (key === 'FROND_TOKEN' || key === 'FROND_URL') {
      throw invalid(key, 'it is for frond next, status and bench; unset it for serve');
    }
    if (name === undefined) throw invalid(key, `unknown setting; did you mean ${closest(key, [...known.keys()])}?`);
    if (value !== '' && !(name === 'port' && SERVICE_LINK.test(value))) values[name] = value;
  }
  return values as ConfigValues;
}

function readSetting(name: SettingName, value: unknown, label: string): unknown {
  const setting = SETTINGS[name];
  if (value === undefined) return setting.default;
  const parsed = setting.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // An address that is nearly right may hold a password.
  const shown = setting.secret
    ? 'the given value'
    : JSON.stringify(String(value).replace(/^([a-z]+:(?=\/\/))?.*@/s, '$1//…@'));
  throw invalid(label, `${shown} is not ${setting.expected}`);
}

function assertTls(config: Config, label: (name: SettingName) => string): void {
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile } = config;
  const need = (name: SettingName, other: SettingName) =>
    invalid(label(name), `must be set, because ${label(other)} is`);
  if (tlsCertFile === '' && tlsKeyFile !== '') throw need('tlsCertFile', 'tlsKeyFile');
  if (tlsCertFile === '' && tlsClientCaFile !== '') throw need('tlsCertFile', 'tlsClientCaFile');
  if (tlsKeyFile === '' && tlsCertFile !== '') throw need('tlsKeyFile', 'tlsCertFile');
}

/** Several processes with one worker ID, or each with a memory of its own, would give the same IDs. */
function assertProcesses(config: Config, label: (name: SettingName) => string): void {
  if (config.processes === 1) return;
  const { workerSlots, segmentStore } = config;
  const refuse = (name: SettingName, value: string, remedy: string) =>
    invalid(label(name), `${value} is for one process only (${label('processes')} is ${config.processes}); ${remedy}`);
  if (/^(static|statefulset|memory):/.test(workerSlots)) {
    throw refuse('workerSlots', workerSlots, 'use local:, mysql://…, zookeeper://… or off');
  }
  if (segmentStore === 'memory:') throw refuse('segmentStore', segmentStore, 'use sqlite:, mysql://… or off');
}

/** The relations between settings that the protocol needs (lookahead and renewals: CockroachDB's factor of three). */
function assertRelations(config: Config, label: (name: SettingName) => string): void {
  const need = (ok: boolean, name: SettingName, other: SettingName, relation: string) => {
    if (ok) return;
    throw invalid(label(name), `${config[name]} must be ${relation} (${label(other)} is ${config[other]})`);
  };
  const c = config;
  need(c.lookaheadMs >= 3 * c.renewIntervalMs, 'lookaheadMs', 'renewIntervalMs', 'at least 3 renewal intervals');
  need(c.startWaitMaxMs >= c.lookaheadMs + 1000, 'startWaitMaxMs', 'lookaheadMs', 'at least the lookahead + 1000 ms');
  need(c.forwardLimitMs >= c.lookaheadMs, 'forwardLimitMs', 'lookaheadMs', 'at least the lookahead');
  need(c.maxRangeIds >= c.maxCountIds, 'maxRangeIds', 'maxCountIds', 'at least the largest count');
  need(c.requestTimeoutMs >= c.headersTimeoutMs, 'requestTimeoutMs', 'headersTimeoutMs', 'at least the header timeout');
  assertTls(c, label);
  assertProcesses(c, label);
  if (c.dataDir === 'none') {
    if (c.segmentStore === 'sqlite:')
      throw invalid(label('segmentStore'), 'the embedded store needs a data directory; set this to mysql://… or off');
    if (c.workerSlots === 'local:')
      throw invalid(label('workerSlots'), 'local slots need a data directory; set this to off');
    if (c.slotOnStop === 'park')
      throw invalid(label('slotOnStop'), 'without a data directory nothing can be parked; set this to release');
    if (c.offlineStart === 'on')
      throw invalid(label('offlineStart'), 'without a data directory there is nothing to go on from; set this to off');
  }
}

/**
 * The frozen configuration out of given values; what is not given has its default.
 * @param label how an error names a setting (environment variable by default)
 * @throws FrondError INVALID_CONFIG naming the setting, its value, and what is expected
 */
export function resolveConfig(values: ConfigValues, label: (name: SettingName) => string = envNameOf): Config {
  for (const name of Object.keys(values)) {
    if (!(name in SETTINGS)) throw invalid(name, `unknown setting; did you mean ${closest(name, names)}?`);
  }
  const config = Object.fromEntries(names.map(name => [name, readSetting(name, values[name], label(name))]));
  const frozen = Object.freeze(config) as unknown as Config;
  assertRelations(frozen, label);
  return frozen;
}

/** The configuration of a server process: flags win over the environment, which wins over the defaults. */
export function loadConfig(env: Environment, flags: ConfigValues = {}): Config {
  const fromFlag = (name: SettingName) => flags[name] !== undefined;
  return resolveConfig({ ...valuesFromEnv(env), ...flags }, name =>
    fromFlag(name) ? flagNameOf(name) : envNameOf(name),
  );
}
