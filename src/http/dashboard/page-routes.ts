import { readFile } from 'node:fs/promises';
import type { Express } from 'express';
import { FrondError } from '../../errors.ts';
import { sendBody, TEXT_TYPE } from '../answer.ts';
import { onlyMethods } from '../only-methods.ts';
import { routesText } from '../routes-text.ts';

/** Served as they are, from src/ and from dist/ alike: the build copies them. */
const ASSETS = new URL('./assets/', import.meta.url);
/** No separator and one dot: such a name leads nowhere else. */
export const ASSET_NAME = /^[a-z-]+\.(css|js)$/;
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};
const HTML_TYPE = 'text/html; charset=utf-8';
/** `text/html` as a whole media range, as browsers ask; wildcards get the routes. */
const HTML_RANGE = /(?:^|[,\s])text\/html\s*(?:[;,]|$)/i;

/** The page runs nothing, shows nothing and asks nobody but this very service, and stands in no other page. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
const PAGE_HEADERS = ['Content-Security-Policy', POLICY, 'Referrer-Policy', 'no-referrer'];

const READ_ONLY = 'GET, HEAD, OPTIONS';

/** Reads each asset once. */
class Assets {
  readonly #read = new Map<string, Buffer>();

  /** Undefined when there is no such file. */
  async get(name: string): Promise<Buffer | undefined> {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    try {
      const bytes = await readFile(new URL(name, ASSETS));
      this.#read.set(name, bytes);
      return bytes;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}

/** `/`: the status page for a browser, the list of routes for anything else; `/dashboard/…`: what the page needs. */
export function pageRoutes(app: Express, version: string): void {
  const assets = new Assets();
  app
    .route('/')
    .get(async (req, res) => {
      const page = HTML_RANGE.test(req.headers.accept ?? '') ? await assets.get('index.html') : undefined;
      const vary = ['Vary', 'Accept'];
      if (page === undefined) sendBody(res, 200, TEXT_TYPE, routesText(version), vary);
      else sendBody(res, 200, HTML_TYPE, page, [...PAGE_HEADERS, ...vary]);
    })
    .all(onlyMethods(READ_ONLY));
  app
    .route('/dashboard/:file')
    .get(async (req, res) => {
      const { file } = req.params;
      const extension = ASSET_NAME.exec(file)?.[1];
      const bytes = extension === undefined ? undefined : await assets.get(file);
      if (bytes === undefined) throw new FrondError('NOT_FOUND', { path: req.path });
      sendBody(res, 200, TYPES[extension!]!, bytes, PAGE_HEADERS);
    })
    .all(onlyMethods(READ_ONLY));
}
