export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `median (min to max)` in a fixed number of digits. */
export function spread(values: readonly number[], digits: number): string {
  const text = (value: number) => value.toFixed(digits);
  return `${text(median(values))} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
}

/** The median of the ratios pair by pair: what holds when the machine's speed drifts during the run. */
export function pairedRatio(values: readonly number[], floors: readonly number[]): number {
  return median(values.map((value, i) => value / floors[i]!));
}

/** The least over the least: other tenants of a machine only add, so that it is the nearest to what the code costs. */
export function leastRatio(values: readonly number[], floors: readonly number[]): number {
  return Math.min(...values) / Math.min(...floors);
}

/** Prints rows under their column names, aligned. */
export function printTable(rows: readonly Readonly<Record<string, string>>[]): void {
  const names = Object.keys(rows[0] ?? {});
  const widths = names.map(name => Math.max(name.length, ...rows.map(row => row[name]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  console.log(line(names));
  console.log(widths.map(width => '-'.repeat(width)).join('  '));
  for (const row of rows) console.log(line(names.map(name => row[name]!)));
}
