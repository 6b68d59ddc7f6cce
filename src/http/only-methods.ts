import type { Request, RequestHandler } from 'express';
import { FrondError } from '../errors.ts';
import { sendAllow } from './answer.ts';

/** The last handler of a known path: answers OPTIONS, refuses every other method. @throws FrondError METHOD_NOT_ALLOWED */
export function onlyMethods(allow: string): RequestHandler {
  return (req: Request, res) => {
    if (req.method !== 'OPTIONS') throw new FrondError('METHOD_NOT_ALLOWED', { method: req.method, allow });
    sendAllow(res, allow);
  };
}
