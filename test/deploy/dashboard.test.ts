import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Panel, readDashboard } from '../support/dashboard.ts';

const dashboard = readDashboard();
const panels = dashboard.panels.filter(panel => panel.type !== 'row');
const rows = dashboard.panels.filter(panel => panel.type === 'row');

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

describe('the dashboard', () => {
  it('asks the three questions', () => {
    const titles = rows.map(row => row.title).join(' ');
    for (const question of ['Are IDs flowing?', 'Will they go on flowing?', 'Who is slow?']) {
      expect(titles).toContain(question);
    }
  });

  it.each(panels.map(panel => [panel.title, panel] as const))(
    '%s has a description, a unit and a place of its own',
    (_, panel) => {
      expect(panel.description).toMatch(/\.$/);
      expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
      expect(dashboard.panels.filter(other => other !== panel && overlap(panel, other))).toEqual([]);
      expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24);
      for (const { expr, legendFormat } of panel.targets!) {
        expect(expr).toMatch(/\$instance|\$tag|alertname=/);
        if (panel.type === 'timeseries') expect(legendFormat).toBeTruthy();
      }
    },
  );

  it('can be narrowed to instances and tags', () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'instance', 'tag']);
    expect(new Set(dashboard.panels.map(panel => panel.id)).size).toBe(dashboard.panels.length);
  });

  it('is handed to Grafana with its data source by the provisioning beside it', () => {
    const read = (path: string) =>
      parse(readFileSync(join(import.meta.dirname, '../../deploy/grafana/provisioning', path), 'utf8'));
    expect(read('datasources/prometheus.yml').datasources[0]).toMatchObject({ type: 'prometheus', isDefault: true });
    expect(read('dashboards/frond.yml').providers[0]).toMatchObject({
      type: 'file',
      options: { path: expect.any(String) },
    });
  });
});
