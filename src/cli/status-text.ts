import { textTable } from './text-table.ts';

interface TagJson {
  readonly tag: string;
  readonly stepIds: number;
  readonly remaining: string;
  readonly idsPerSecond: number;
  readonly secondsToEmpty: number | null;
  readonly lastFetchMs: number | null;
  readonly lastFetchOutcome: string | null;
  readonly failure: string | null;
}

interface ModeJson {
  readonly state: string;
  readonly store?: string;
  readonly failure?: string | null;
  readonly reason?: string | null;
}

interface SegmentJson extends ModeJson {
  readonly issued: string;
  readonly tags: readonly TagJson[];
  /** Tags in use that are not in `tags`. */
  readonly tagsOmitted?: number;
  /** Why the store gives no answer, also while no range is needed. */
  readonly storeFailure?: { readonly code: string; readonly reason: string; readonly silentMs: number } | null;
  readonly health?: { readonly ceiling?: { readonly policy: string; readonly failure: string | null } };
}

interface SnowflakeJson extends ModeJson {
  readonly issued: string;
  readonly workerId: number | null;
  readonly boundLeftMs: number | null;
  /** Why the slot store did not acknowledge the latest renewal. */
  readonly renewalFailure?: string | null;
  readonly remainingLifeYears: number;
}

/** What /status answers, as far as it is shown to people. */
export interface StatusJson {
  readonly version: string;
  readonly ready: boolean;
  readonly segment: SegmentJson | 'off';
  readonly snowflake: SnowflakeJson | 'off';
  /** What callers were refused with since the start. */
  readonly refusals?: readonly { readonly code: string; readonly agoMs: number }[];
  readonly uuid: ModeJson & { readonly issued: { readonly v4: number; readonly v7: number } };
  /** With several processes on one port. */
  readonly processes?: readonly { readonly index: number; readonly pid: number; readonly state: string }[];
}

/** How long a refusal counts as news. */
const NEWS_MS = 60_000;

/** A head line, a line a mode, then the tags that were used. */
export function statusText(status: StatusJson, url: string): string {
  const { segment, snowflake, uuid, processes } = status;
  const modes = textTable([
    modeRow('segment', segment, segmentFigures),
    modeRow('snowflake', snowflake, snowflakeFigures),
    modeRow('uuid', uuid, ({ issued }) => [`${issued.v7 + issued.v4} given`]),
  ]);
  const parts = [`Frond ${status.version} at ${url}: ${status.ready ? `ready${lackOf(status)}` : 'NOT READY'}`, modes];
  if (processes !== undefined) {
    const rows = processes.map(({ index, pid, state }) => [String(index), String(pid), state]);
    parts.push(textTable([['process', 'pid', 'state'], ...rows]));
  }
  if (segment !== 'off' && segment.tags.length > 0) parts.push(tagTable(segment));
  return parts.join('\n\n');
}

/** Which calls for segments are refused although the instance is ready. */
function lackOf({ segment, refusals = [] }: StatusJson): string {
  if (segment === 'off') return '';
  const names = segment.tags.filter(each => each.failure !== null && each.remaining === '0').map(({ tag }) => tag);
  if (names.length === 0) {
    // Of tags that the instance has not heard of yet, for one.
    const isRefusing = refusals.some(each => each.code === segment.storeFailure?.code && each.agoMs < NEWS_MS);
    return isRefusing ? ', but calls for a tag without IDs are refused' : '';
  }
  return `, but no IDs are left of ${names.length > 3 ? `${names.length} tags` : names.join(', ')}`;
}

function modeRow<T extends ModeJson>(name: string, mode: T | 'off', figures: (mode: T) => string[]): string[] {
  if (mode === 'off') return [name, 'off', ''];
  const trouble = mode.reason ?? mode.failure;
  const said = [...(trouble ? [trouble] : []), ...figures(mode), ...(mode.store ? [mode.store] : [])];
  return [name, mode.state, said.join('; ')];
}

function segmentFigures({ issued, tags, tagsOmitted = 0, storeFailure, health }: SegmentJson): string[] {
  const used = tags.length + tagsOmitted;
  const silence = storeFailure ? [silenceOf(storeFailure)] : [];
  const ceiling = health?.ceiling;
  if (ceiling?.failure) {
    const taken = ceiling.policy === 'required' ? 'no new range is taken' : 'ranges are taken without it';
    silence.push(`its ceiling cannot be reached, ${ceiling.failure}: ${taken}`);
  }
  return [...silence, `${issued} given`, `${used} ${used === 1 ? 'tag' : 'tags'} in use`];
}

function silenceOf({ code, reason, silentMs }: NonNullable<SegmentJson['storeFailure']>): string {
  return `no answer from its store for ${duration(silentMs / 1000)}, ${code}: ${withoutStop(reason)}`;
}

/** A reason that goes on within a line. */
function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

function snowflakeFigures(snowflake: SnowflakeJson): string[] {
  const { state, issued, workerId, boundLeftMs, renewalFailure, store = '', remainingLifeYears } = snowflake;
  const slot = workerId === null ? 'no worker ID' : `worker ${workerId}`;
  const figures = [`${issued} given`, slot, `${remainingLifeYears} years left`];
  // What keeps IDs from being given has been told.
  if (state !== 'ready' || boundLeftMs === null) return figures;
  const lasts = duration(Math.max(0, boundLeftMs) / 1000);
  if (renewalFailure) {
    return [`no answer from its store, ${withoutStop(renewalFailure)}: IDs go on for ${lasts}`, ...figures];
  }
  // A directory of the own host is not away for a while, as a server may be: its lead is short, and enough.
  return store.startsWith('local:') ? figures : [...figures, `could go on for ${lasts} without its store`];
}

function tagTable({ tags, tagsOmitted = 0 }: SegmentJson): string {
  const rows = tags.map(tag => [
    tag.tag,
    String(tag.stepIds),
    tag.remaining,
    String(tag.idsPerSecond),
    emptyText(tag),
    fetchText(tag),
    tag.failure ?? '',
  ]);
  const table = textTable([['tag', 'range', 'left', 'usual IDs/s', 'empty in', 'last fetch took', 'trouble'], ...rows]);
  return tagsOmitted === 0 ? table : `${table}\n… and ${tagsOmitted} more`;
}

function fetchText({ lastFetchMs, lastFetchOutcome }: TagJson): string {
  if (lastFetchMs === null) return '-';
  return lastFetchOutcome === 'ok' ? `${lastFetchMs} ms` : `${lastFetchMs} ms, ${lastFetchOutcome}`;
}

function emptyText({ remaining, secondsToEmpty }: TagJson): string {
  if (remaining === '0') return 'empty';
  return secondsToEmpty === null ? '-' : duration(secondsToEmpty);
}

/** In the greatest unit of which there are two. */
function duration(seconds: number): string {
  if (seconds >= 2 * 86_400) return `${Math.floor(seconds / 86_400)} days`;
  if (seconds >= 2 * 3600) return `${Math.floor(seconds / 3600)} h`;
  if (seconds >= 120) return `${Math.floor(seconds / 60)} min`;
  return `${seconds.toFixed(1)} s`;
}
