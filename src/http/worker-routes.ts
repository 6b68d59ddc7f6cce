import { type RequestHandler, Router } from 'express';
import type { WorkerDirectory } from '../allocators/worker-directory.ts';
import { workerJson } from '../allocators/worker-json.ts';
import { sendJson } from './answer.ts';
import { modeOff } from './mode-off.ts';
import { onlyMethods } from './only-methods.ts';

export interface WorkerRoutesOptions {
  readonly workers: WorkerDirectory | undefined;
  readonly guard: RequestHandler;
}

/** GET /workers: every worker ID ever used, who has it, and when it is free; for admins only. */
export function workerRoutes({ workers, guard }: WorkerRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route('/workers')
    .get(guard, async (_req, res) => {
      if (workers === undefined) throw modeOff('snowflake');
      sendJson(res, 200, { workers: (await workers.listWorkers()).map(workerJson) });
    })
    .all(onlyMethods('GET, HEAD, OPTIONS'));
  return router;
}
