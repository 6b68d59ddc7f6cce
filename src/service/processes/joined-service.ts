import type { MetricsText, Service } from '../../http/served.ts';
import type { ProcessStatus } from './messages.ts';
import type { ParentLink } from './parent-link.ts';

/** A process' service, whose metrics and status are of all processes. Readiness and `/workers` stay its own. */
export function joinedService(own: Service, link: ParentLink): Service {
  return {
    ...own,
    metrics: () => link.ask({ topic: 'metrics' }) as Promise<MetricsText>,
    async status(selection) {
      const status = await own.status(selection);
      const alone: ProcessStatus = { index: link.index, pid: process.pid, state: 'ready', status };
      const processes = await link.ask({ topic: 'status', selection }).catch(() => [alone]);
      return { ...status, processes };
    },
  };
}
