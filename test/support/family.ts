import type { ProcessStatus } from '../../src/service/processes/messages.ts';
import { Service, type ServiceOptions } from './service.ts';
import { waitUntil } from './wait-until.ts';

type Snowflake = { readonly workerId: number; readonly claims: Readonly<Record<string, number>> };

/** What `/status` says of one process, as far as the tests look at it. */
export type ProcessView = Omit<ProcessStatus, 'status'> & { readonly status: { readonly snowflake: Snowflake } | null };

/** A service of several processes. Every look is on a connection of its own. */
export class Family extends Service {
  readonly count: number;

  constructor(count: number, options: ServiceOptions = {}) {
    super({ ...options, env: { FROND_PROCESSES: String(count), ...options.env } });
    this.count = count;
  }

  async processes(): Promise<readonly ProcessView[]> {
    const { processes } = JSON.parse((await this.getAnew('/status')).text) as { processes: ProcessView[] };
    return processes;
  }

  /** Waits until every process gives IDs, and all answered the same look. */
  allReady(): Promise<readonly ProcessView[]> {
    return waitUntil(
      'all processes',
      async () => {
        const processes = await this.processes();
        const serves = ({ state, status }: ProcessView) => state === 'ready' && status?.snowflake.workerId != null;
        return processes.every(serves) && processes;
      },
      60_000,
    );
  }

  /** The samples of one metric, by the text of their labels. */
  async samples(metric: string): Promise<ReadonlyMap<string, number>> {
    const { status, text } = await this.getAnew('/metrics');
    if (status !== 200) throw new Error(`/metrics: ${status}`);
    const lines = text.split('\n').filter(line => line.startsWith(`${metric} `) || line.startsWith(`${metric}{`));
    return new Map(lines.map(line => [/\{(.*)\}/.exec(line)?.[1] ?? '', Number(line.slice(line.lastIndexOf(' ')))]));
  }

  async isUp(index: number): Promise<boolean> {
    return (await this.samples('frond_process_up')).get(`process="${index}"`) === 1;
  }
}
