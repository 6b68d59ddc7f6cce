/** A Prometheus of a test's own, and what it can be asked. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { NativePrometheus, type PrometheusOptions } from './servers/prometheus-native.ts';
import { askDesk } from './servers/server-desk.ts';

export interface AlertSeen {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

export interface SampleSeen {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

const toolsFolder = () => askDesk<string>(inject('serverDesk'), 'prometheus-folder');

/** Runs promtool; its whole output, whether or not it is content. */
export async function promtool(
  args: readonly string[],
  input = '',
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const run = promisify(execFile)(join(await toolsFolder(), 'promtool'), [...args]);
  run.child.stdin?.end(input);
  return run.then(
    ({ stdout, stderr }) => ({ ok: true, text: stdout + stderr }),
    ({ stdout, stderr }) => ({ ok: false, text: `${stdout}${stderr}` }),
  );
}

/** A running one; `stop()` it. */
export async function startPrometheus(options: PrometheusOptions): Promise<NativePrometheus> {
  const server = new NativePrometheus(join(await toolsFolder(), 'prometheus'), options);
  await server.start();
  return server;
}

/** Puts questions to the Prometheus at a URL. @throws Error with what it objects to, such as a query that it cannot read */
export class PrometheusView {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async query(expression: string): Promise<readonly SampleSeen[]> {
    const body = new URLSearchParams({ query: expression });
    const { result } = await this.#ask<{ result: readonly SampleSeen[] }>('query', { method: 'POST', body });
    return result;
  }

  /** Names of all series that there ever were. */
  async metricNames(): Promise<ReadonlySet<string>> {
    return new Set(await this.#ask<readonly string[]>('label/__name__/values'));
  }

  async alerts(): Promise<readonly AlertSeen[]> {
    return (await this.#ask<{ alerts: readonly AlertSeen[] }>('alerts')).alerts;
  }

  /** What went wrong at the latest evaluation of each rule. */
  async ruleErrors(): Promise<readonly string[]> {
    type Rule = { readonly name: string; readonly lastError?: string };
    const { groups } = await this.#ask<{ groups: readonly { readonly rules: readonly Rule[] }[] }>('rules');
    const rules = groups.flatMap(group => group.rules);
    return rules.flatMap(({ name, lastError = '' }) => (lastError === '' ? [] : [`${name}: ${lastError}`]));
  }

  async #ask<T>(path: string, init?: RequestInit): Promise<T> {
    const answer = (await (await fetch(`${this.#url}/api/v1/${path}`, init)).json()) as { data: T; error?: string };
    if (answer.error !== undefined) throw new Error(`${answer.error}: ${init?.body ?? path}`);
    return answer.data;
  }
}
