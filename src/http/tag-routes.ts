import express, { type NextFunction, type Request, type Response, Router } from 'express';
import type { TagDirectory } from '../allocators/tag-directory.ts';
import { requireTagName } from '../allocators/tag-name.ts';
import { FrondError } from '../errors.ts';
import type { AdminGuard } from './admin-guard.ts';
import { sendJson } from './answer.ts';
import { modeOff } from './mode-off.ts';
import { onlyMethods } from './only-methods.ts';
import { parseTagBody } from './tag-body.ts';

type TagRecord = Awaited<ReturnType<TagDirectory['getTag']>>;

/** The largest body of PUT /tags/:tag. */
const BODY_MAX_BYTES = 16 * 1024;

export interface TagRoutesOptions {
  readonly tags: TagDirectory | undefined;
  readonly guard: AdminGuard;
}

/** The record as it is shown: IDs as decimal strings, times as ISO 8601 in UTC. */
function shown({ tag, stepIds, maxId, description, updatedAtMs }: TagRecord) {
  const updatedAt = updatedAtMs === null ? null : new Date(updatedAtMs).toISOString();
  return { tag, step: stepIds, maxId, description, updatedAt };
}

/** express.json leaves a body of another type unread and undefined; say so instead. */
function requireJson(req: Request, _res: Response, next: NextFunction): void {
  if (req.is('application/json') === false) {
    throw new FrondError('UNSUPPORTED_MEDIA_TYPE', { contentType: req.headers['content-type'] ?? '' });
  }
  next();
}

/** GET /tags and GET, PUT, DELETE /tags/:tag, for admins only. */
export function tagRoutes({ tags, guard }: TagRoutesOptions): Router {
  const router = Router({ caseSensitive: true });
  const directory = (): TagDirectory => {
    if (tags === undefined) throw modeOff('segment');
    return tags;
  };
  const admit = (req: Request, _res: Response, next: NextFunction) => {
    guard(req);
    next();
  };
  const json = express.json({ limit: BODY_MAX_BYTES, inflate: false });

  router
    .route('/')
    .get(admit, async (_req, res) => {
      const records = await directory().listTags();
      sendJson(res, 200, { tags: records.map(shown) });
    })
    .all(onlyMethods('GET, HEAD, OPTIONS'));

  router
    .route('/:tag')
    .get(admit, async (req, res) => {
      sendJson(res, 200, shown(await directory().getTag(requireTagName(req.params.tag))));
    })
    .put(admit, requireJson, json, async (req, res) => {
      const tag = requireTagName(req.params.tag);
      const { record, created } = await directory().putTag(tag, parseTagBody(req.body));
      sendJson(res, created ? 201 : 200, shown(record));
    })
    .delete(admit, async (req, res) => {
      await directory().retireTag(requireTagName(req.params.tag));
      res.writeHead(204, ['Cache-Control', 'no-store']);
      res.end();
    })
    .all(onlyMethods('GET, HEAD, PUT, DELETE, OPTIONS'));
  return router;
}
