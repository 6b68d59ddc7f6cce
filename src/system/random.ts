import { randomBytes, randomFillSync, randomUUID } from 'node:crypto';

export interface Random {
  /** A number in [0, 1) for jitter and spread; not for secrets. */
  fraction(): number;
  /** A 128-bit unguessable token as text. */
  token(): string;
  /** Fills `target` with cryptographically strong bytes. */
  fill(target: Uint8Array): void;
}

export const systemRandom: Random = {
  fraction: () => Math.random(),
  token: () => randomUUID(),
  fill: target => {
    randomFillSync(target);
  },
};

/** Lower-case hexadecimal text of `bytes` strong random bytes. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
