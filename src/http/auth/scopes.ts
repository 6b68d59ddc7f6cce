/** What a scope may be: see `Scopes`. */
export const SCOPE = /^(?:admin|metrics|ids(?::(?:@(?:snowflake|uuid|\*)|[A-Za-z0-9*][A-Za-z0-9._:*-]{0,127}))?)$/;

export const SCOPE_EXPECTED = 'ids, ids:<tag, with * for any characters>, ids:@snowflake, ids:@uuid, admin or metrics';

const IDS = 'ids:';
const OTHER_KINDS = ['@snowflake', '@uuid'];

/**
 * Whether a tag fits a pattern, given as what stands between its stars. No expression: with many stars those try every
 * way to share the tag out among them, and a tag that nearly fits would stop the service for minutes.
 */
function fits(tag: string, [first = '', ...rest]: readonly string[]): boolean {
  const last = rest.pop() ?? '';
  if (!tag.startsWith(first) || !tag.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = tag.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at + last.length <= tag.length;
}

/**
 * What a token is good for. `ids`: IDs of every kind; `ids:order*`: of the tags that fit; `ids:@snowflake`,
 * `ids:@uuid`, `ids:@*`: of the kinds without tags; `admin`: tags and workers; `metrics`: /metrics and /status. None
 * holds another.
 */
export class Scopes {
  static readonly all = new Scopes(['ids', 'admin', 'metrics']);

  readonly admin: boolean;
  readonly metrics: boolean;
  readonly #everyId: boolean;
  readonly #exact = new Set<string>();
  /** What stands between the stars of each pattern. */
  readonly #patterns: (readonly string[])[] = [];

  /** @param scopes each as `SCOPE` has it */
  constructor(scopes: readonly string[]) {
    this.admin = scopes.includes('admin');
    this.metrics = scopes.includes('metrics');
    this.#everyId = scopes.includes('ids');
    for (const target of scopes.filter(each => each.startsWith(IDS)).map(each => each.slice(IDS.length))) {
      if (target === '@*') for (const kind of OTHER_KINDS) this.#exact.add(kind);
      else if (target.includes('*')) this.#patterns.push(target.split('*'));
      else this.#exact.add(target);
    }
  }

  /** @param target a tag, `@snowflake` or `@uuid` */
  allowsIds(target: string): boolean {
    if (this.#everyId || this.#exact.has(target)) return true;
    // The star stands for characters of tag names, which `@` is not.
    return !target.startsWith('@') && this.#patterns.some(parts => fits(target, parts));
  }
}
