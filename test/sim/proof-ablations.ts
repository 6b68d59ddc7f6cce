import type { RecordRead } from '../../src/stores/durable-record.ts';
import type { ProofRecord, SlotProof } from '../../src/stores/slot-proof.ts';
import { LOOKAHEAD_MS } from './plan.ts';

/** A place that passes everything on. */
class PassingProof implements SlotProof {
  protected readonly inner: SlotProof;

  constructor(inner: SlotProof) {
    this.inner = inner;
  }

  get name(): string {
    return this.inner.name;
  }

  open(): Promise<RecordRead<ProofRecord>> {
    return this.inner.open();
  }

  write(record: ProofRecord): Promise<void> {
    return this.inner.write(record);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** I4: stores a mark that does not cover what is used. */
export class UnderstatingProof extends PassingProof {
  override write(record: ProofRecord): Promise<void> {
    return this.inner.write({ ...record, hwmMs: record.hwmMs - 10 * LOOKAHEAD_MS });
  }
}

/** I5: keeps the right to go on when it is to be given up. */
export class ClingingProof extends PassingProof {
  override write(record: ProofRecord): Promise<void> {
    return this.inner.write({ ...record, state: 'held' });
  }
}
