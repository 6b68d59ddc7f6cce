import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { metricRows } from '../../docs/metrics-page.ts';
import { ERRORS } from '../../src/errors.ts';
import { SERVER_SETUP_MS } from '../support/mysql.ts';
import { promtool } from '../support/prometheus.ts';
import { alertsOf, hastened, namesIn, PROMETHEUS_FOLDER, readRules, rulesOf } from '../support/rule-files.ts';

const DOCS = join(PROMETHEUS_FOLDER, '../../docs');
const PAGES = readdirSync(DOCS).filter(name => name.endsWith('.md'));
/** Of the database, and named like metrics. */
const TABLES = ['frond_slot', 'frond_residue', 'frond_leftover'];

const fileOf = (name: string) => join(PROMETHEUS_FOLDER, name);
const rules = readRules();
const alerts = alertsOf(rules);
const runbooks = readFileSync(join(DOCS, 'operations.md'), 'utf8');

/** Text of each section of an alert. */
const sections = new Map(
  runbooks
    .split(/^(?=#{2,3} )/m)
    .filter(part => part.startsWith('### '))
    .map(part => [part.slice(4, part.indexOf('\n')), part] as const),
);

describe('the rules for Prometheus', () => {
  it.each([
    ['check', 'rules', fileOf('frond.rules.yml'), fileOf('frond.tag-limits.rules.yml')],
    ['check', 'config', fileOf('prometheus.yml')],
    ['test', 'rules', fileOf('frond.rules.test.yml')],
  ])('pass promtool %s %s', { timeout: SERVER_SETUP_MS }, async (...args) => {
    const { ok, text } = await promtool(args);
    expect(ok, text).toBe(true);
  });

  it('have a unit test in which each alert fires, and one in which it is quiet', () => {
    type Check = { readonly expr: string; readonly exp_samples: readonly unknown[] };
    type Tests = { readonly tests: readonly { readonly promql_expr_test?: readonly Check[] }[] };
    const tests = parse(readFileSync(fileOf('frond.rules.test.yml'), 'utf8')) as Tests;
    const checks = tests.tests.flatMap(test => test.promql_expr_test ?? []);
    const tested = (fires: boolean) =>
      new Set(
        checks
          .filter(({ exp_samples }) => exp_samples.length > 0 === fires)
          .flatMap(({ expr }) => /alertname="(\w+)"/.exec(expr)?.[1] ?? []),
      );
    for (const { alert } of alerts) {
      expect([alert, tested(true).has(alert), tested(false).has(alert)]).toEqual([alert, true, true]);
    }
  });

  it.each(alerts.map(each => [each.alert, each] as const))(
    '%s says how bad it is, what it is, and where its runbook is',
    (name, { labels, annotations }) => {
      expect(['critical', 'warning']).toContain(labels['severity']);
      expect(annotations['summary']).toBeTruthy();
      expect(annotations['description']).toMatch(/\.$/);
      expect(annotations['runbook_url']).toBe(`docs/operations.md#${name.toLowerCase()}`);
    },
  );

  it('and the runbooks name the same alerts', () => {
    expect([...sections.keys()].sort()).toEqual(alerts.map(each => each.alert).sort());
  });

  it.each([...sections])(
    'the runbook of %s says what it means, what to look at, what to do, how long one has',
    (_, text) => {
      expect(text).toContain('**What it means.**');
      expect(text).toMatch(/\*\*What to look at(\.|, and| and what to do\.)/);
      expect(text).toMatch(/\*\*(What to do|What to look at and what to do)\.\*\*/);
      expect(text).toContain('**How long one has.**');
    },
  );

  it('and the runbooks link to sections and pages that exist', () => {
    const headings = [...runbooks.matchAll(/^##+ (.+)$/gm)].map(match => match[1]!);
    const anchors = new Set(headings.map(name => name.toLowerCase().replaceAll(' ', '-')));
    const links = [...runbooks.matchAll(/\]\(([^)]+)\)/g)].map(match => match[1]!);
    for (const link of links.filter(each => !each.startsWith('http'))) {
      const [page = '', anchor] = link.split('#');
      if (page === '') expect(anchors).toContain(anchor);
      else expect(readFileSync(join(DOCS, page), 'utf8')).toBeTruthy();
    }
  });

  it.each(PAGES)('and docs/%s names only metrics that exist', page => {
    const text = readFileSync(join(DOCS, page), 'utf8').replaceAll('"', '');
    // The types of problems are URNs, which look like recorded series.
    const named = namesIn(text.replaceAll(/urn:frond:\w+/g, '')).filter(
      name => /^frond_|^frond:\w+:/.test(name) && !TABLES.includes(name),
    );
    for (const name of named) expect(knownNames()).toContain(name);
  });

  it('and the runbooks name only settings that exist', () => {
    const settings = readFileSync(join(DOCS, 'settings.md'), 'utf8');
    for (const [name] of runbooks.matchAll(/\bFROND_[A-Z_]+\b/g)) {
      expect([name, settings.includes(name)]).toEqual([name, true]);
    }
  });

  it('name only metrics and error codes that exist', () => {
    const known = knownNames();
    for (const { expr } of rulesOf(rules)) {
      for (const name of namesIn(expr)) expect(known).toContain(name);
      for (const [, codes = ''] of expr.matchAll(/\bcode[!=]~?"([^"]+)"/g)) {
        for (const code of codes.split('|')) expect(Object.keys(ERRORS)).toContain(code);
      }
    }
  });

  it('can be hastened for tests, with thresholds as they are', () => {
    const text = '    expr: rate(x[5m]) > 14 * 86400 and increase(y[30s]) > 1\n    for: 10m\n    summary: for 10m\n';
    expect(hastened(text, 60, 3000)).toBe(
      '    expr: rate(x[5000ms]) > 14 * 86400 and increase(y[3000ms]) > 1\n    for: 10000ms\n    summary: for 10m\n',
    );
  });
});

function knownNames(): ReadonlySet<string> {
  const own = metricRows().flatMap(({ name, type }) =>
    type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  const recorded = rulesOf(rules).flatMap(({ record }) => record ?? []);
  const others = ['up', 'nodejs_gc_duration_seconds', 'process_max_fds', 'frond:tag_limit_ids'];
  return new Set([...own, ...recorded, ...others]);
}
