import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { reasonOf } from '../errors.ts';
import { CliError } from './cli-error.ts';
import { EXIT, exitCodeOfCode } from './exit-code.ts';
import type { ServerTarget } from './server-flags.ts';

export interface ServerAnswer {
  readonly status: number;
  readonly text: string;
}

/** The options of a GET, of either scheme; connections are kept. */
export function requestOptions({ url, token, tls, timeoutMs }: ServerTarget, maxSockets = 1): RequestOptions {
  const agent = url.protocol === 'https:' ? new HttpsAgent({ ...tls, keepAlive: true, maxSockets }) : undefined;
  return {
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    agent: agent ?? new HttpAgent({ keepAlive: true, maxSockets }),
    headers: { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    timeout: timeoutMs,
  };
}

/** The function that sends to a server of this scheme. */
export function requesterOf({ url }: ServerTarget): typeof httpRequest {
  return url.protocol === 'https:' ? httpsRequest : httpRequest;
}

/** GETs of a server, over one connection that is kept. */
export class ServerClient {
  readonly target: ServerTarget;
  readonly #options: RequestOptions;

  constructor(target: ServerTarget) {
    this.target = target;
    this.#options = requestOptions(target);
  }

  /**
   * The answer, whatever its status. @param path with its query, below the path of the server's address
   * @throws CliError when there is none
   */
  async get(path: string): Promise<ServerAnswer> {
    const { url, timeoutMs } = this.target;
    const full = `${url.pathname.replace(/\/$/, '')}${path}`;
    try {
      return await new Promise<ServerAnswer>((resolve, reject) => {
        const sent = requesterOf(this.target)({ ...this.#options, path: full }, response => {
          collect(response).then(text => resolve({ status: response.statusCode!, text }), reject);
        });
        sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
        sent.on('error', reject).end();
      });
    } catch (error) {
      throw unreachable(this.target, error);
    }
  }

  /** The JSON of an answer of 200. @throws CliError with the server's own words otherwise */
  async getJson(path: string): Promise<unknown> {
    const answer = await this.get(path);
    if (answer.status === 200) return parse(answer, this.target);
    throw refusal(answer, this.target);
  }

  close(): void {
    (this.#options.agent as HttpAgent).destroy();
  }
}

async function collect(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += chunk;
  return text;
}

function parse({ text }: ServerAnswer, { url }: ServerTarget): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`${url.origin} does not answer as Frond does: ${text.slice(0, 80)}`, EXIT.refused, error);
  }
}

/** What a server that said no said. */
export function refusal({ status, text }: ServerAnswer, { url, token }: ServerTarget): CliError {
  let problem: { readonly code?: unknown; readonly detail?: unknown } = {};
  try {
    problem = JSON.parse(text) as typeof problem;
  } catch {
    // Not Frond's words: a proxy's, perhaps.
  }
  if (typeof problem?.code !== 'string') {
    return new CliError(`${url.origin} answered ${status}, and not as Frond does`, EXIT.refused);
  }
  const hint = status === 401 && token === undefined ? ' Put a token into FROND_TOKEN, or name a --token-file.' : '';
  return new CliError(`${problem.code}: ${problem.detail}${hint}`, exitCodeOfCode(problem.code));
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/;

/** Names the server, the reason and the remedy. */
export function unreachable({ url }: ServerTarget, error: unknown): CliError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason = reasonOf(error) || code;
  const remedy = CERTIFICATE.test(code)
    ? 'name its authority with --ca-file'
    : code === 'ECONNREFUSED'
      ? 'start it with "frond serve", or name another with --url'
      : 'name another with --url';
  return new CliError(`no server answers at ${url.origin} (${reason}); ${remedy}`, EXIT.unreachable, error);
}
