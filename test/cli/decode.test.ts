import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LAYOUT } from '../../src/allocators/snowflake/id-layout.ts';
import { decodeId } from '../../src/cli/decode.ts';
import { runCli } from '../support/cli.ts';

const SNOWFLAKE = '2124429340903997456';
const V7 = '01a2022f-91c0-71fb-adae-51bf38166e20';
const V4 = '8a3ea5d4-bb08-4a94-995a-1d631c873932';

/** Runs the command line with `input` on its standard input. */
async function pipeInto(input: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/cli.ts'), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', chunk => (out += chunk));
  child.stdin.end(input);
  await new Promise(resolve => child.on('close', resolve));
  return out;
}

describe('frond decode', () => {
  it('says what each kind of ID holds', async () => {
    const { code, out, err } = await runCli(['decode', SNOWFLAKE, V7, V4]);
    expect([code, err]).toEqual([0, '']);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map(line => line.split(/ {2,}/)),
    ).toEqual([
      ['id', 'kind', 'time', 'worker', 'sequence'],
      [SNOWFLAKE, 'snowflake', '2026-11-22T09:06:39.517Z', '0', '16'],
      [V7, 'uuid v7', '2026-11-22T07:36:41.664Z', '-', '-'],
      [V4, 'uuid v4', '-', '-', '-'],
    ]);
  });

  it('reads IDs from standard input, and prints a JSON object a line', async () => {
    const out = await pipeInto(`${SNOWFLAKE}\n\n  ${V7.toUpperCase()}\n`, 'decode', '--json');
    const objects = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as unknown);
    const timeMs = 1_795_338_399_517;
    expect(objects).toEqual([
      { id: SNOWFLAKE, kind: 'snowflake', time: '2026-11-22T09:06:39.517Z', timeMs, workerId: 0, sequence: 16 },
      { id: V7, kind: 'uuid', version: 7, time: '2026-11-22T07:36:41.664Z', timeMs: 1_795_333_001_664 },
    ]);
  });

  it('reads numbers under the configured layout', async () => {
    const { out } = await runCli(['decode', '5376', '--json', '--worker-bits', '4'], {
      FROND_SEQUENCE_BITS: '8',
      FROND_TIME_BITS: '47',
      FROND_EPOCH_MS: '0',
    });
    expect(JSON.parse(out)).toMatchObject({ timeMs: 1, workerId: 5, sequence: 0 });
  });

  it.each([
    ['hex', '1d7b7d3ad7000010', SNOWFLAKE],
    ['base32', '1TYVX7BBG000G', SNOWFLAKE],
    ['base62', '2WvuLt3wnpo', SNOWFLAKE],
    ['base32', '01M812Z4E0E7XTVBJHQWW1CVH0', V7],
    ['hex', V7.replaceAll('-', ''), V7],
  ] as const)('reads what frond next wrote as %s: %s', (from, text, id) => {
    expect(decodeId(text, DEFAULT_LAYOUT, from).id).toBe(id);
  });

  it.each([
    [['decode', 'x'], /"x" is no ID; expected a decimal number or a UUID/],
    [['decode', SNOWFLAKE, '9223372036854775808'], /INVALID_ARGUMENT: id is 9223372036854775808/],
    [['decode', '!', '--from', 'base62'], /"!" is no ID/],
    [['decode', 'ffffffffffffffff0fffffffffffffff', '--from', 'hex'], /is no ID/],
    [['decode', '1', '--from', 'octal'], /Allowed choices are hex, base32, base62/],
  ])('refuses %j with 2', async (args, text) => {
    expect(await runCli(args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(text) });
  });

  it('asks for an ID where none is given', async () => {
    expect(await pipeInto('\n', 'decode')).toBe('');
  });
});
