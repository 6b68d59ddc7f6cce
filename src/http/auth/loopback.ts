import type { IncomingMessage } from 'node:http';

/** IPv4 loopback is the whole of 127.0.0.0/8, also in its IPv6 spelling on a dual-stack socket. */
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127(?:\.\d{1,3}){3}$|^::1$/i;
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
/** A proxy on this host would make all the world look local. */
const FORWARDED = /^(?:forwarded|via|x-real-ip|x-request-id|x-forwarded-.*|x-envoy-.*|cf-.*)$/;

/**
 * A caller on this very host that came straight to us. The Host header must name the loopback too: a web page whose
 * name was pointed at 127.0.0.1 (DNS rebinding) comes with its own name.
 */
export function isDirectLoopback(req: IncomingMessage): boolean {
  const address = req.socket.remoteAddress;
  if (address === undefined || !LOOPBACK_ADDRESS.test(address)) return false;
  // nginx speaks HTTP/1.0 to its upstream, and adds no header, unless it is told otherwise.
  if (req.httpVersion === '1.0' || Object.keys(req.headers).some(name => FORWARDED.test(name))) return false;
  return LOOPBACK_HOST.test(req.headers.host ?? '');
}
