import type { AddressInfo } from 'node:net';
import type { Config } from '../config.ts';
import type { Logger } from '../system/logger.ts';

/** Where to look next, for whoever watches the terminal. */
export function greet(log: Logger, config: Config, { address, family, port }: AddressInfo): void {
  const isAny = address === '0.0.0.0' || address === '::';
  const host = isAny ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  const url = `${config.tlsCertFile === '' ? 'http' : 'https'}://${host}:${port}`;
  log.info({ url, address }, 'listening');
  log.info({ status: `${url}/status`, metrics: `${url}/metrics`, page: `${url}/` }, 'look here');
  if (config.segmentStore === 'off') return;
  const closed = config.tokensFile !== '';
  const withToken = (isNeeded: boolean) => (isNeeded ? ' -H "authorization: Bearer $TOKEN"' : '');
  const admin = withToken(closed || config.adminToken !== '');
  const put = `curl -X PUT ${url}/tags/order${admin} -H 'content-type: application/json' -d '{"step":1000}'`;
  log.info({ add: put, ask: `curl ${url}/id/segment/order${withToken(closed)}` }, 'add a tag');
}
