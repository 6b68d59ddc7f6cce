// `application/json` as a whole media range; wildcards get text, the default.
const JSON_RANGE = /(?:^|[,\s])application\/json\s*(?:[;,]|$)/i;

/**
 * True when an Accept header names `application/json`. Reads the raw list, because `req.headers` builds an object for
 * every request; weights are not looked at.
 * @param rawHeaders names and values in turn
 */
export function asksForJson(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length !== 6 || (name !== 'Accept' && name.toLowerCase() !== 'accept')) continue;
    const value = rawHeaders[i + 1]!;
    if (value !== '*/*' && JSON_RANGE.test(value)) return true;
  }
  return false;
}
