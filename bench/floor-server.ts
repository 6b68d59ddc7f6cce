/** The floor of the HTTP benchmark: bare node:http that answers a number. Prints its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

let counter = 2 ** 40;
const server = createServer((_request, response) => {
  const body = String(counter++);
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
