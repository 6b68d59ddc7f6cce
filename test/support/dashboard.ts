/** The Grafana dashboard as tests read it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, '../../deploy/grafana/dashboards/frond.json');

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
}

export interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
}

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Dashboard;
}

export interface DashboardQuery {
  /** Of the panel, the annotation or the variable. */
  readonly title: string;
  /** As Prometheus gets it, with all instances and tags chosen. */
  readonly query: string;
}

/** Every query of every panel, annotation and variable. @param window for `$__rate_interval` */
export function queriesOf(dashboard: Dashboard, window: string): readonly DashboardQuery[] {
  const { panels, annotations, templating } = dashboard;
  const all = [
    ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
    ...annotations.list.map(({ name, expr }) => [name, expr] as const),
    ...templating.list.map(({ name, definition = '' }) => [name, valuesOf(definition)] as const),
  ];
  return all
    .filter(([, query]) => query !== '')
    .map(([title, query]) => ({
      title,
      query: query.replaceAll('$__rate_interval', window).replaceAll(/\$(instance|tag)\b/g, '.*'),
    }));
}

/** What Grafana's own `label_values(series, label)` asks for, in the language of Prometheus. */
function valuesOf(definition: string): string {
  return definition.replace(/^label_values\((.+), (\w+)\)$/, 'count by ($2) ($1)');
}
