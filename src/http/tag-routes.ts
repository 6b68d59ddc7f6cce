import express, { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import type { TagDirectory } from '../allocators/tag-directory.ts';
import { tagJson } from '../allocators/tag-json.ts';
import { requireTagName } from '../allocators/tag-name.ts';
import { FrondError } from '../errors.ts';
import { sendJson } from './answer.ts';
import { modeOff } from './mode-off.ts';
import { onlyMethods } from './only-methods.ts';
import { parseTagBody, parseTagPatch } from './tag-body.ts';
import { BODY_MAX_BYTES, PATCH_TYPES, PUT_TYPES } from './tag-body-types.ts';

/** An empty text is no JSON; the body parser would take it for `{}`. */
function requireText(_req: unknown, _res: unknown, body: Buffer): void {
  if (body.length > 0) return;
  throw new FrondError('INVALID_ARGUMENT', { field: 'body', value: '', expected: 'valid JSON' });
}

export interface TagRoutesOptions {
  readonly tags: TagDirectory | undefined;
  readonly guard: RequestHandler;
}

/** RFC 5789, 2.2 and 3.1: told with a type that is not taken, and in the answer to OPTIONS. */
function tellPatchTypes(res: Response): void {
  res.setHeader('Accept-Patch', PATCH_TYPES.join(', '));
}

/** A body parser leaves a body of another type unread and undefined; say so instead. */
function requireType(types: readonly string[]) {
  return (req: Request, res: Response, next: NextFunction): void => {
    if (req.is([...types]) === false) {
      if (req.method === 'PATCH') tellPatchTypes(res);
      throw new FrondError('UNSUPPORTED_MEDIA_TYPE', { contentType: req.headers['content-type'] ?? '' });
    }
    next();
  };
}

/** GET /tags and GET, PUT, PATCH, DELETE /tags/:tag, for admins only. */
export function tagRoutes({ tags, guard }: TagRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const directory = (): TagDirectory => {
    if (tags === undefined) throw modeOff('segment');
    return tags;
  };
  const json = express.json({ limit: BODY_MAX_BYTES, inflate: false, type: [...PATCH_TYPES], verify: requireText });

  router
    .route('/tags')
    .get(guard, async (_req, res) => {
      const records = await directory().listTags();
      sendJson(res, 200, { tags: records.map(tagJson) });
    })
    .all(onlyMethods('GET, HEAD, OPTIONS'));

  router
    .route('/tags/:tag')
    .get(guard, async (req, res) => {
      sendJson(res, 200, tagJson(await directory().getTag(requireTagName(req.params.tag))));
    })
    .put(guard, requireType(PUT_TYPES), json, async (req, res) => {
      const tag = requireTagName(req.params.tag);
      // RFC 9110, 13.1.2: only if there is no such resource yet.
      const mustCreate = req.headers['if-none-match'] === '*';
      const { record, created } = await directory().putTag(tag, { ...parseTagBody(req.body), mustCreate });
      sendJson(res, created ? 201 : 200, tagJson(record));
    })
    .patch(guard, requireType(PATCH_TYPES), json, async (req, res) => {
      const tag = requireTagName(req.params.tag);
      sendJson(res, 200, tagJson(await directory().patchTag(tag, parseTagPatch(req.body))));
    })
    .options((_req, res, next) => {
      tellPatchTypes(res);
      next();
    })
    .delete(guard, async (req, res) => {
      await directory().retireTag(requireTagName(req.params.tag));
      res.writeHead(204, ['Cache-Control', 'no-store']);
      res.end();
    })
    .all(onlyMethods('GET, HEAD, PUT, PATCH, DELETE, OPTIONS'));
  return router;
}
