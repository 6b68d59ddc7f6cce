import type { System } from '../../system/system.ts';
import type { Allocator, AllocatorState, IdSource } from '../allocator.ts';
import { EntropyPool } from './entropy-pool.ts';
import { UuidV4Source, UuidV7Source } from './uuid-source.ts';

/**
 * UUIDs: what a caller can fall back on when nothing else can answer. Needs no store and no slot, so it is always
 * ready, also before `start` and after `stop`.
 */
export class UuidAllocator implements Allocator<string, readonly string[]> {
  readonly kind = 'uuid';
  readonly v7: UuidV7Source;
  readonly v4: UuidV4Source;

  constructor(system: System) {
    const entropy = new EntropyPool(system.random);
    this.v7 = new UuidV7Source(system.clock, entropy);
    this.v4 = new UuidV4Source(entropy);
  }

  get state(): AllocatorState {
    return 'ready';
  }

  /** @param version 'v4' for random UUIDs; anything else gives time-ordered ones (v7) */
  source(version = 'v7'): IdSource<string, readonly string[]> {
    return version === 'v4' ? this.v4 : this.v7;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  status(): { state: AllocatorState; issued: { v4: number; v7: number } } {
    return { state: this.state, issued: { v4: this.v4.issued, v7: this.v7.issued } };
  }
}
