import express, { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import type { TagDirectory } from '../allocators/tag-directory.ts';
import { tagJson } from '../allocators/tag-json.ts';
import { requireTagName } from '../allocators/tag-name.ts';
import { FrondError } from '../errors.ts';
import { sendJson } from './answer.ts';
import { modeOff } from './mode-off.ts';
import { onlyMethods } from './only-methods.ts';
import { parseTagBody, parseTagPatch } from './tag-body.ts';

/** The largest body of PUT and PATCH /tags/:tag. */
const BODY_MAX_BYTES = 16 * 1024;

export interface TagRoutesOptions {
  readonly tags: TagDirectory | undefined;
  readonly guard: RequestHandler;
}

const JSON_TYPES = ['application/json'];
/** RFC 7396; its own type, and the one that everybody sends. */
const PATCH_TYPES = ['application/merge-patch+json', 'application/json'];

/** A body parser leaves a body of another type unread and undefined; say so instead. */
function requireType(types: string[]) {
  return (req: Request, _res: Response, next: NextFunction): void => {
    if (req.is(types) === false) {
      throw new FrondError('UNSUPPORTED_MEDIA_TYPE', { contentType: req.headers['content-type'] ?? '' });
    }
    next();
  };
}

/** RFC 5789, section 3.1: what PATCH takes, also with its refusals. */
function tellPatchTypes(_req: Request, res: Response, next: NextFunction): void {
  res.setHeader('Accept-Patch', PATCH_TYPES.join(', '));
  next();
}

/** GET /tags and GET, PUT, PATCH, DELETE /tags/:tag, for admins only. */
export function tagRoutes({ tags, guard }: TagRoutesOptions): Router {
  const router = Router({ caseSensitive: true });
  const directory = (): TagDirectory => {
    if (tags === undefined) throw modeOff('segment');
    return tags;
  };
  const json = express.json({ limit: BODY_MAX_BYTES, inflate: false, type: PATCH_TYPES });

  router
    .route('/')
    .get(guard, async (_req, res) => {
      const records = await directory().listTags();
      sendJson(res, 200, { tags: records.map(tagJson) });
    })
    .all(onlyMethods('GET, HEAD, OPTIONS'));

  router
    .route('/:tag')
    .get(guard, async (req, res) => {
      sendJson(res, 200, tagJson(await directory().getTag(requireTagName(req.params.tag))));
    })
    .put(guard, requireType(JSON_TYPES), json, async (req, res) => {
      const tag = requireTagName(req.params.tag);
      // RFC 9110, 13.1.2: only if there is no such resource yet.
      const mustCreate = req.headers['if-none-match'] === '*';
      const { record, created } = await directory().putTag(tag, { ...parseTagBody(req.body), mustCreate });
      sendJson(res, created ? 201 : 200, tagJson(record));
    })
    .patch(guard, tellPatchTypes, requireType(PATCH_TYPES), json, async (req, res) => {
      const tag = requireTagName(req.params.tag);
      sendJson(res, 200, tagJson(await directory().patchTag(tag, parseTagPatch(req.body))));
    })
    .options(tellPatchTypes)
    .delete(guard, async (req, res) => {
      await directory().retireTag(requireTagName(req.params.tag));
      res.writeHead(204, ['Cache-Control', 'no-store']);
      res.end();
    })
    .all(onlyMethods('GET, HEAD, PUT, PATCH, DELETE, OPTIONS'));
  return router;
}
