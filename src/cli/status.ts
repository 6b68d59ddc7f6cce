import { refusal, type ServerClient } from './ask-server.ts';
import { type StatusJson, statusText } from './status-text.ts';

/** What to print, and whether the server is ready. */
export interface Told {
  readonly text: string;
  readonly ready: boolean;
}

interface Readyz {
  readonly status: string;
  readonly checks: Readonly<Record<string, string>>;
}

/** The answer of /readyz. @throws CliError without an answer, or with one that is not Frond's */
export async function readiness(client: ServerClient, json: boolean): Promise<Told> {
  const answer = await client.get('/readyz');
  const ready = answer.status === 200;
  if (!ready && answer.status !== 503) throw refusal(answer, client.target);
  let said: Readyz;
  try {
    said = JSON.parse(answer.text) as Readyz;
    if (typeof said.checks !== 'object') throw new Error('no checks');
  } catch {
    throw refusal(answer, client.target);
  }
  if (json) return { text: JSON.stringify(said, null, 2), ready };
  const checks = Object.entries(said.checks).map(([name, state]) => `${name} ${state}`);
  return { text: `${said.status}: ${checks.join(', ')}`, ready };
}

/** The answer of /status. @throws CliError as `readiness`; for 401 and 403 with the server's words */
export async function status(client: ServerClient, json: boolean): Promise<Told> {
  const said = (await client.getJson('/status')) as StatusJson;
  const text = json ? JSON.stringify(said, null, 2) : statusText(said, client.target.url.origin);
  return { text, ready: said.ready };
}
