/**
 * Nanoseconds per ID in one thread, beside the floor of the same kind. Each measurement is a process of its own, so
 * that no case spoils the compiler's view of another; candidates and floors alternate.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { BenchOptions } from './options.ts';
import { pairedRatio, printTable, spread } from './statistics.ts';

const ROUNDS = 5;

/** Case → the floor that it is compared with. */
const PAIRS: readonly (readonly [name: string, floor: string])[] = [
  ['segment tryNext (bigint)', 'floor: bigBase + BigInt(offset)'],
  ['segment tryNextNumber, each kept', 'floor: base + offset, each kept'],
  ['segment tryNextNumber, the last kept', 'floor: a bare counter, the last kept'],
  ['segment await next', 'floor: await a resolved bigint'],
  ['segment nextMany(1000), per ID', 'floor: a bare counter, the last kept'],
  ['snowflake tryNext, 41/10/12', 'floor: 4,096 IDs a millisecond'],
  ['snowflake tryNext, 41/4/18', 'floor: Date.now()'],
  ['snowflake nextMany(1000), 41/4/18, per ID', 'floor: a bare counter, the last kept'],
  ['uuid v7', 'floor: crypto.randomUUIDv7()'],
  ['uuid v4', 'floor: crypto.randomUUID()'],
];

function measure(name: string): number {
  const output = execFileSync(process.execPath, [join(import.meta.dirname, 'in-process-case.ts'), name], {
    encoding: 'utf8',
  });
  return Number(output);
}

export async function run({ rounds = ROUNDS }: BenchOptions): Promise<void> {
  const results = new Map<string, number[]>();
  const note = (name: string) => results.set(name, [...(results.get(name) ?? []), measure(name)]);
  for (let round = 0; round < rounds; round++) {
    for (const [name, floor] of PAIRS) {
      note(floor);
      note(name);
    }
  }
  // A floor is measured once for each case that uses it; the pairs are those of the same round and order.
  const used = new Map<string, number>();
  const rows = PAIRS.map(([name, floor]) => {
    const values = results.get(name)!;
    const sharers = PAIRS.filter(([, other]) => other === floor).length;
    const place = used.get(floor) ?? 0;
    used.set(floor, place + 1);
    const floors = values.map((_, round) => results.get(floor)![round * sharers + place]!);
    return {
      case: name,
      'ns per ID': spread(values, 1),
      floor: floor.slice('floor: '.length),
      'floor ns': spread(floors, 1),
      'speed as a share of the floor': (1 / pairedRatio(values, floors)).toFixed(2),
    };
  });
  printTable(rows);
}
