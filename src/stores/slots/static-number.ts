import { hostname } from 'node:os';
import { FrondError } from '../../errors.ts';

const SETTING = 'FROND_WORKER_SLOTS';

/** `frond-3` of a StatefulSet, also as a full name (`frond-3.frond.default.svc`). */
const ORDINAL = /^[^.]*-(0|[1-9]\d{0,8})(?:\.|$)/;

/**
 * The worker ID that `static:N` names, or that `statefulset:` reads from the end of this host's name.
 * @param maxWorkerId the greatest that the layout has room for
 * @throws FrondError INVALID_CONFIG
 */
export function staticWorkerId(spec: string, maxWorkerId: number, host: string = hostname()): number {
  const isStatic = spec.startsWith('static:');
  const digits = isStatic ? spec.slice('static:'.length) : ORDINAL.exec(host)?.[1];
  const source = isStatic ? `"${spec}"` : `"${spec}" on host ${JSON.stringify(host)}`;
  if (digits === undefined) {
    throw invalid(`${source}: expected a host name that ends in -N, as the pods of a StatefulSet have (frond-0)`);
  }
  const workerId = Number(digits);
  if (!/^\d+$/.test(digits) || workerId > maxWorkerId) {
    throw invalid(`${source} asks for worker ID ${digits}; expected 0 to ${maxWorkerId} (FROND_WORKER_BITS)`);
  }
  return workerId;
}

function invalid(problem: string): FrondError {
  return new FrondError('INVALID_CONFIG', { setting: SETTING, problem });
}
