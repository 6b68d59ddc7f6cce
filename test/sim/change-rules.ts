import type { SlotData } from '../../src/stores/slot-store.ts';
import type { Ledger } from './ledger.ts';
import type { Verdict } from './verdict.ts';

/** What was asked for and not refused, and what of it took effect. */
interface Count {
  open: number;
  applied: number;
}

/** What was refused has not taken effect, and never does. Several changes with the same content count together. */
export class ChangeRules {
  readonly #verdict: Verdict;
  readonly #counts = new Map<string, Count>();

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  asked(workerId: number, data: SlotData): void {
    this.#countOf(workerId, data).open++;
  }

  refused(ledger: Ledger, workerId: number, data: SlotData): void {
    this.#countOf(workerId, data).open--;
    this.#mayTakeEffect(ledger, workerId, data);
  }

  applied(ledger: Ledger, workerId: number, data: SlotData): void {
    // Only some stores tell what is asked of them.
    if (!this.#counts.has(keyOf(workerId, data))) return;
    this.#countOf(workerId, data).applied++;
    this.#mayTakeEffect(ledger, workerId, data);
  }

  #mayTakeEffect(ledger: Ledger, workerId: number, data: SlotData): void {
    const { open, applied } = this.#countOf(workerId, data);
    if (applied <= open) return;
    const text = `${ledger.name} was told of a refused change of worker ${workerId}, which took effect`;
    this.#verdict.fail('truth', text);
  }

  #countOf(workerId: number, data: SlotData): Count {
    const key = keyOf(workerId, data);
    const known = this.#counts.get(key) ?? { open: 0, applied: 0 };
    this.#counts.set(key, known);
    return known;
  }
}

function keyOf(workerId: number, { token, renewal, hwmMs, boundMs, state }: SlotData): string {
  return `${workerId} ${token} ${renewal} ${hwmMs} ${boundMs} ${state}`;
}
