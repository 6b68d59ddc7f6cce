/** What a scope may be: see `Scopes`. */
export const SCOPE = /^(?:admin|metrics|ids(?::(?:@(?:snowflake|uuid|\*)|[A-Za-z0-9*][A-Za-z0-9._:*-]{0,127}))?)$/;

export const SCOPE_EXPECTED = 'ids, ids:<tag, with * for any characters>, ids:@snowflake, ids:@uuid, admin or metrics';

const IDS = 'ids:';
const OTHER_KINDS = ['@snowflake', '@uuid'];

/** A tag pattern as an expression. The star stands for characters of tag names, which `@` is not. */
function expressionOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[.]/g, '\\.').replace(/\*+/g, '[A-Za-z0-9._:-]*');
  return new RegExp(`^${escaped}$`);
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
  readonly #patterns: RegExp[] = [];

  /** @param scopes each as `SCOPE` has it */
  constructor(scopes: readonly string[]) {
    this.admin = scopes.includes('admin');
    this.metrics = scopes.includes('metrics');
    this.#everyId = scopes.includes('ids');
    for (const target of scopes.filter(each => each.startsWith(IDS)).map(each => each.slice(IDS.length))) {
      if (target === '@*') for (const kind of OTHER_KINDS) this.#exact.add(kind);
      else if (target.includes('*')) this.#patterns.push(expressionOf(target));
      else this.#exact.add(target);
    }
  }

  /** @param target a tag, `@snowflake` or `@uuid` */
  allowsIds(target: string): boolean {
    return this.#everyId || this.#exact.has(target) || this.#patterns.some(pattern => pattern.test(target));
  }
}
