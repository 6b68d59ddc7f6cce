import type { ServerResponse } from 'node:http';

export const TEXT_TYPE = 'text/plain; charset=utf-8';
export const JSON_TYPE = 'application/json; charset=utf-8';

/** JSON text in which bigints are decimal strings: a JavaScript number would lose their low digits. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? each.toString() : each));
}

/**
 * Answers with a whole body that no cache may keep. HEAD gets the headers only (node:http leaves the body out).
 * @param more further headers, names and values in turn
 * @param sent called when the operating system has all of it
 */
export function sendBody(
  res: ServerResponse,
  status: number,
  contentType: string,
  body: string | Uint8Array,
  more: readonly string[] = [],
  sent?: () => void,
): void {
  res.writeHead(status, [
    'Content-Type',
    contentType,
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Cache-Control',
    'no-store',
    'X-Content-Type-Options',
    'nosniff',
    ...more,
  ]);
  res.end(body, sent);
}

export function sendJson(res: ServerResponse, status: number, value: unknown, more?: readonly string[]): void {
  sendBody(res, status, JSON_TYPE, toJson(value), more);
}

/** 204 with `Allow`: the answer to OPTIONS. */
export function sendAllow(res: ServerResponse, allow: string): void {
  res.writeHead(204, ['Allow', allow, 'Cache-Control', 'no-store']);
  res.end();
}
