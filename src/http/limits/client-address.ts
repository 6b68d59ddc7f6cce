import type { Socket } from 'node:net';

const MAPPED_IPV4 = '::ffff:';

/** The first half of an IPv6 address: one household or host has all addresses of it to choose from. */
function network(address: string): string {
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  while (tail !== undefined && groups.length + after.length < 8) groups.push('0');
  return `${[...groups, ...after].slice(0, 4).join(':')}::/64`;
}

/** Whom a request without a token is counted for. What a proxy says of its clients is not looked at: anyone may say it. */
export function clientAddress({ remoteAddress = 'gone' }: Socket): string {
  if (!remoteAddress.includes(':') || remoteAddress.startsWith(MAPPED_IPV4)) return remoteAddress;
  return network(remoteAddress);
}
