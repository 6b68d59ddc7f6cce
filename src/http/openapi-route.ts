import type { Express } from 'express';
import { JSON_TYPE, sendBody } from './answer.ts';
import { onlyMethods } from './only-methods.ts';
import { openApiDocument } from './openapi/document.ts';
import type { DocumentTerms } from './openapi/shapes.ts';

/** GET /openapi.json: the document with this instance's own version and bounds, made when it is first asked for. */
export function openApiRoute(app: Express, terms: Omit<DocumentTerms, 'serverUrl'>): void {
  let text: string | undefined;
  app
    .route('/openapi.json')
    .get((_req, res) => {
      text ??= JSON.stringify(openApiDocument({ ...terms, serverUrl: '/' }));
      sendBody(res, 200, JSON_TYPE, text);
    })
    .all(onlyMethods('GET, HEAD, OPTIONS'));
}
