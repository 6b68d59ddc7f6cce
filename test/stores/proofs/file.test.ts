import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSlotProof } from '../../../src/stores/proofs/file.ts';
import type { ProofRecord } from '../../../src/stores/slot-proof.ts';
import { FileLock } from '../../../src/system/file-lock.ts';
import type { Host } from '../../../src/system/host.ts';

const RECORD: ProofRecord = {
  store: 'zookeeper://a,b/frond',
  layout: { epochMs: 1_288_834_974_657, timeBits: 41, workerBits: 10, sequenceBits: 12 },
  workerId: 7,
  version: 3,
  token: 'mine',
  nextToken: null,
  incarnation: 2,
  renewal: 9,
  hwmMs: 1_790_000_000_000,
  boundMs: 1_790_000_600_000,
  suffices: false,
  state: 'held',
};

describe('FileSlotProof', () => {
  let home: string;
  let directory: string;
  let proofs: FileSlotProof[];

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'frond-proof-'));
    directory = join(home, 'data', 'proofs');
    proofs = [];
  });

  afterEach(async () => {
    for (const proof of proofs) await proof.close();
    rmSync(home, { recursive: true });
  });

  function proofAt(path = directory, host: Partial<Host> = {}): FileSlotProof {
    const found: Host = { machineId: async () => 'machine-a', networkFilesystem: async () => undefined, ...host };
    const proof = new FileSlotProof({ directory: path, host: found });
    proofs.push(proof);
    return proof;
  }

  async function leave(record = RECORD): Promise<void> {
    const proof = proofAt();
    await proof.open();
    await proof.write(record);
    await proof.close();
  }

  it('is absent at first; a successor finds what the last holder wrote', async () => {
    const first = proofAt();
    expect(await first.open()).toEqual({ status: 'absent' });
    await first.write({ ...RECORD, renewal: 8 });
    await first.write(RECORD);
    await first.close();
    expect(await proofAt().open()).toEqual({ status: 'found', value: RECORD });
  });

  it('passes over a place whose lock file holds something', async () => {
    await leave();
    writeFileSync(join(directory, '0000', 'slot.lock'), 'not a lock');
    const proof = proofAt();
    expect(await proof.open()).toEqual({ status: 'absent' });
    await proof.write(RECORD);
    await proof.close();
    expect(await proofAt().open()).toEqual({ status: 'found', value: RECORD });
  });

  it('gives each of several users of a directory a place of its own, the first that is free', async () => {
    const [a, b] = [proofAt(), proofAt()];
    await Promise.all([a.open(), b.open()]);
    await a.write({ ...RECORD, token: 'a' });
    await b.write({ ...RECORD, token: 'b' });
    await a.close();
    expect(await proofAt().open()).toMatchObject({ status: 'found', value: { token: 'a' } });
    expect(await proofAt().open()).toEqual({ status: 'absent' });
  });

  it('keeps its lock while it is open, and lets go of it at the end', async () => {
    const proof = proofAt();
    await proof.open();
    const path = join(directory, '0000', 'slot.lock');
    expect(FileLock.tryAcquire(path)).toBeUndefined();
    await proof.close();
    const lock = FileLock.tryAcquire(path);
    expect(lock).toBeDefined();
    lock?.release();
  });

  it('proves nothing when it was copied here, or written on another machine', async () => {
    await leave();
    const elsewhere = join(home, 'copy');
    cpSync(directory, elsewhere, { recursive: true });
    expect(await proofAt(elsewhere).open()).toMatchObject({
      status: 'damaged',
      reason: expect.stringContaining('inode'),
    });
    const other = proofAt(directory, { machineId: async () => 'machine-b' });
    expect(await other.open()).toMatchObject({ status: 'damaged', reason: expect.stringContaining('machine') });
    // It is overwritten all the same.
    await other.write({ ...RECORD, token: 'new' });
    await other.close();
    expect(await proofAt(directory, { machineId: async () => 'machine-b' }).open()).toMatchObject({ status: 'found' });
  });

  it('proves nothing when it is torn', async () => {
    await leave();
    writeFileSync(join(directory, '0000', 'slot.json'), '{"crc32":"00000000","rec');
    const proof = proofAt();
    expect(await proof.open()).toMatchObject({ status: 'damaged' });
    await proof.write(RECORD);
  });

  it('refuses to write when its lock file or its record is not its own any more', async () => {
    const proof = proofAt();
    await proof.open();
    await proof.write(RECORD);
    unlinkSync(join(directory, '0000', 'slot.lock'));
    await expect(proof.write({ ...RECORD, renewal: 10 })).rejects.toThrow('lock file');

    const robbed = proofAt();
    await robbed.open();
    const at = (name: string) => join(directory, '0000', name);
    cpSync(at('slot.json'), at('older'));
    await robbed.write({ ...RECORD, token: 'robbed' });
    renameSync(at('older'), at('slot.json'));
    await expect(robbed.write(RECORD)).rejects.toThrow('not ours');
  });

  it('is refused on a network filesystem, and may be opened again after a failure', async () => {
    let filesystem: string | undefined = 'NFS';
    const proof = proofAt(directory, { networkFilesystem: async () => filesystem });
    await expect(proof.open()).rejects.toThrow('NFS');
    filesystem = undefined;
    expect(await proof.open()).toEqual({ status: 'absent' });
  });

  it('keeps its lock until a write has ended that was given up, whatever came of the others', async () => {
    const proof = proofAt();
    await proof.open();
    await proof.write(RECORD);
    const at = (name: string) => join(directory, '0000', name);
    // Opening it for writing hangs until somebody reads.
    execFileSync('mkfifo', [at('slot.json.tmp')]);
    const writes = [10, 11].map(renewal => proof.write({ ...RECORD, renewal }).catch(() => 'ended'));
    // One of them hangs, and the other fails because of it.
    await Promise.race(writes);
    const closing = proof.close();
    const turns = new FileSlotProof({ directory });
    proofs.push(turns);
    // Takes as many turns of the event loop as a close may need, and another place.
    await turns.open();
    expect(FileLock.tryAcquire(at('slot.lock'))).toBeUndefined();

    await readFile(at('slot.json.tmp'));
    expect(await Promise.all(writes)).toEqual(['ended', 'ended']);
    await closing;
    const lock = FileLock.tryAcquire(at('slot.lock'));
    expect(lock).toBeDefined();
    lock?.release();
  });

  it('is closed as often as one likes, also when it was never open', async () => {
    const proof = proofAt();
    await proof.close();
    await proof.open();
    await proof.close();
    await proof.close();
    await expect(proof.write(RECORD)).rejects.toThrow('not open');
  });
});
