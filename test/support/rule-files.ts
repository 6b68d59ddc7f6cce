/** The rule files of deploy/prometheus as tests use them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const PROMETHEUS_FOLDER = join(import.meta.dirname, '../../deploy/prometheus');

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

export type Alert = Rule & Required<Pick<Rule, 'alert' | 'labels' | 'annotations'>>;

export function readRules(name = 'frond.rules.yml'): string {
  return readFileSync(join(PROMETHEUS_FOLDER, name), 'utf8');
}

export function rulesOf(text: string): readonly Rule[] {
  return (parse(text) as RuleFile).groups.flatMap(group => group.rules);
}

export function alertsOf(text: string): readonly Alert[] {
  return rulesOf(text).filter((rule): rule is Alert => rule.alert !== undefined);
}

/** Names of metrics and recorded series in a query. */
export function namesIn(query: string): readonly string[] {
  const bare = query.replace(/"[^"]*"|\$\w+|\{\{.*?\}\}/g, '');
  return bare.match(/\b(frond|nodejs|process|scrape)[_:][\w:]+|\bup\b/g) ?? [];
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * The same rules in a world where time passes `factor` times as fast: what an alert waits for (`for`) and the windows
 * that rates are taken over are as much shorter. Thresholds stay as they are.
 * @param minWindowMs windows are no shorter: they must see several scrapes
 */
export function hastened(text: string, factor: number, minWindowMs: number): string {
  const shorter = (amount: string, unit: string, leastMs: number) =>
    `${Math.max(leastMs, Math.round((Number(amount) * SECONDS[unit as keyof typeof SECONDS] * 1000) / factor))}ms`;
  return text
    .replace(/^(\s+for: )(\d+)([smhd])$/gm, (_, key, amount, unit) => key + shorter(amount, unit, 1))
    .replace(/\[(\d+)([smhd])\]/g, (_, amount, unit) => `[${shorter(amount, unit, minWindowMs)}]`);
}
