import type { IncomingMessage, ServerResponse } from 'node:http';
import { FrondError } from '../errors.ts';
import type { HttpCounters } from '../metrics/http-counters.ts';
import { sendProblem } from './problem.ts';

const SLASH = 47;
/** A target as it is sent to proxies, which a server has to take as well (RFC 9112, 3.2.2). */
const ABSOLUTE = /^https?:\/\/[^/?#]*/i;

/** `http://host/id/uuid` becomes `/id/uuid`; other targets stay. */
function inOriginForm(target: string): string {
  const [prefix] = ABSOLUTE.exec(target) ?? [];
  if (prefix === undefined) return target;
  const rest = target.slice(prefix.length);
  return rest.charCodeAt(0) === SLASH ? rest : `/${rest}`;
}

/**
 * Brings the target into origin form; true when the request was refused instead. HTTP/1.1 asks for a Host and for 400
 * where there is none (RFC 9112, 3.2): node:http would send that without a body.
 */
export function refuseForm(req: IncomingMessage, res: ServerResponse, counters: HttpCounters): boolean {
  if (req.headers.host === undefined && req.httpVersion === '1.1') {
    counters.countUnreadable(400);
    res.setHeader('Connection', 'close');
    sendProblem(res, new FrondError('MALFORMED_REQUEST', { reason: 'Missing Host header' }), counters);
    return true;
  }
  if (req.url!.charCodeAt(0) !== SLASH) req.url = inOriginForm(req.url!);
  return false;
}
