import { setTimeout as delay } from 'node:timers/promises';
import { IdLedger } from './id-ledger.ts';
import type { Member } from './member.ts';

/** Between calls: the machine is to be busy with faults, not saturated by load. */
const PAUSE_MS = 8;

/** One closed loop of calls to one member, until it is stopped. */
export class CheckingClient {
  readonly ledger = new IdLedger();
  /** IDs asked for. */
  attempted = 0;
  /** Calls that were refused, by status and code, or that broke. */
  readonly refusals = new Map<string, number>();
  /** What no client may ever see. */
  readonly complaints: string[] = [];
  /** Where in the ledger each incarnation of the member begins that gave IDs. */
  readonly starts: { readonly incarnation: number; readonly from: number }[] = [];
  readonly name: string;
  readonly member: Member;
  readonly #path: string;
  readonly #countIds: number;
  readonly #done: Promise<void>;
  #running = true;
  #last = -1n;
  #lastIncarnation = 0;

  constructor(member: Member, countIds: number) {
    this.name = `${member.name}, count ${countIds}`;
    this.member = member;
    this.#countIds = countIds;
    this.#path = countIds === 1 ? '/id/snowflake' : `/id/snowflake?count=${countIds}`;
    this.#done = this.#loop();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #loop(): Promise<void> {
    while (this.#running) {
      await this.#call();
      await delay(PAUSE_MS);
    }
  }

  async #call(): Promise<void> {
    const { incarnation, service } = this.member;
    if (service.url === '') return;
    this.attempted += this.#countIds;
    try {
      const { status, text } = await service.get(this.#path);
      if (status === 200) this.#receive(text, incarnation);
      else this.#refuse(`${status} ${(JSON.parse(text) as { code: string }).code}`);
    } catch (error) {
      this.#refuse(`no answer (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
    }
  }

  #receive(text: string, incarnation: number): void {
    const lines = text.trim().split('\n');
    if (lines.length !== this.#countIds) this.complaints.push(`${this.name}: ${lines.length} IDs in an answer`);
    if (incarnation !== this.#lastIncarnation) {
      this.#last = -1n;
      this.starts.push({ incarnation, from: this.ledger.size });
    }
    this.#lastIncarnation = incarnation;
    for (const line of lines) {
      const id = BigInt(line);
      if (id <= this.#last) {
        this.complaints.push(`${this.name}: ${id} came after ${this.#last} in incarnation ${incarnation}`);
      }
      this.#last = id;
      this.ledger.add(id);
    }
  }

  #refuse(why: string): void {
    this.refusals.set(why, (this.refusals.get(why) ?? 0) + 1);
  }
}
