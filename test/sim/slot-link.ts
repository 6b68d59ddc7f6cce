import { FrondError } from '../../src/errors.ts';
import type { Slot, SlotData, SlotLayout, SlotStore } from '../../src/stores/slot-store.ts';
import type { Agenda } from './agenda.ts';
import { type Attempt, attempt } from './attempt.ts';
import type { Machine } from './machine.ts';
import type { Prng } from './prng.ts';
import type { SlotServer } from './slot-server.ts';
import type { Weather } from './weather.ts';

export interface LinkUser {
  readonly name: string;
  readonly isAlive: boolean;
  /** Runs it in the process: not while that is stopped, never when it is dead. */
  deliver(run: () => void): void;
  /** Told what the process has been shown of slots, before it is told itself. */
  shown(slot: Slot, viaWrite: boolean): void;
  /** What was found after a change without an answer. */
  resolved(outcome: 'mine' | 'foreign'): void;
  owns(token: string): boolean;
  /** It asks for a change of a slot. */
  asked(workerId: number, data: SlotData): void;
  /** It is told that such a change has not taken effect, and never will. */
  refused(workerId: number, data: SlotData): void;
  /** @returns to be called when the process has the answer */
  changeBegins(): () => void;
  /** Its end is near. */
  doom(): void;
}

export interface LinkParts {
  readonly server: SlotServer;
  readonly agenda: Agenda;
  readonly prng: Prng;
  readonly weather: Weather;
  readonly machine: Machine;
  readonly user: LinkUser;
}

type Fate = 'fine' | 'before' | 'after' | 'lost' | 'mute';

interface Call<T> {
  readonly isChange: boolean;
  readonly apply: () => T;
  /** Before the process sees the result. */
  readonly seen: (result: T) => void;
}

const SLOW_MEAN_MS = 4000;

/**
 * One process's way to the slot server: a network that delays, cuts and goes silent, or, where locks prove death, a
 * disk behind a queue: its calls run one after the other, and the process's end decides about the one under way.
 */
export class SlotLink implements SlotStore {
  readonly name = 'simulated:';
  readonly #parts: LinkParts;
  readonly #by: string;
  #floorMs = 0;
  #inDoubt = false;
  #tail: Promise<unknown> = Promise.resolve();
  #underWay: (() => void) | undefined;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#by = parts.user.name;
  }

  get provesDeath(): boolean {
    return this.#parts.server.traits.provesDeath;
  }

  get floorMs(): number {
    return this.#floorMs;
  }

  open(layout: SlotLayout): Promise<void> {
    const { server } = this.#parts;
    const seen = (floorMs: number) => {
      this.#floorMs = floorMs;
    };
    return this.#call({ isChange: false, apply: () => server.open(layout), seen }).then(() => {});
  }

  list(): Promise<readonly Slot[]> {
    const { server, prng, weather, user } = this.#parts;
    const changesAgo = prng.chance(weather.stale) ? prng.int(1, 6) : 0;
    const seen = (slots: readonly Slot[]) => {
      for (const slot of slots) this.#parts.user.shown(slot, false);
      if (this.#inDoubt && slots.some(slot => user.owns(slot.data.token))) this.#resolved('mine');
    };
    return this.#call({ isChange: false, apply: () => server.list(changesAgo), seen });
  }

  create(data: SlotData, maxWorkerId: number): Promise<Slot | undefined> {
    return this.#change(() => this.#parts.server.create(this.#by, data, maxWorkerId));
  }

  take(slot: Slot, data: SlotData, holderIsDead = false): Promise<Slot | undefined> {
    return this.#change(() => this.#parts.server.take(this.#by, slot, data, holderIsDead));
  }

  write(slot: Slot, data: SlotData): Promise<Slot | undefined> {
    return this.#change(() => this.#parts.server.write(this.#by, slot, data));
  }

  read(workerId: number): Promise<Slot | undefined> {
    const { server, user } = this.#parts;
    const apply = () => {
      // The holder of a lock makes what it reads durable: it may build on it.
      if (this.provesDeath && server.holderOf(workerId) === this.#by) server.sync(workerId);
      return server.read(workerId);
    };
    const seen = (slot: Slot | undefined) => {
      const mine = slot !== undefined && user.owns(slot.data.token);
      if (slot !== undefined) this.#parts.user.shown(slot, true);
      if (this.#inDoubt) this.#resolved(mine ? 'mine' : 'foreign');
    };
    return this.#call({ isChange: false, apply, seen });
  }

  async letGo(workerId: number): Promise<void> {
    const apply = () => this.#parts.server.letGo(this.#by, workerId);
    await this.#call({ isChange: false, apply, seen: () => {} }).catch(() => {});
  }

  sampleTimeMs(): Promise<number | undefined> {
    return this.#call({ isChange: false, apply: () => this.#parts.server.timeMs(), seen: () => {} });
  }

  async close(): Promise<void> {
    const apply = () => this.#parts.server.closed(this.#by);
    await this.#call({ isChange: false, apply, seen: () => {} }).catch(() => {});
  }

  /** The end of the process. Its locks go; what is on its way over a network still arrives. */
  died(): void {
    const { server, prng } = this.#parts;
    if (!this.provesDeath) return;
    if (prng.chance(0.5)) this.#underWay?.();
    server.closed(this.#by);
  }

  #change(apply: () => Slot | undefined): Promise<Slot | undefined> {
    const seen = (slot: Slot | undefined) => {
      if (slot === undefined) return;
      if (this.provesDeath && this.#parts.server.read(slot.workerId) === slot) this.#parts.server.sync(slot.workerId);
      this.#parts.user.shown(slot, true);
    };
    return this.#call({ isChange: true, apply, seen });
  }

  #resolved(outcome: 'mine' | 'foreign'): void {
    this.#inDoubt = false;
    this.#parts.user.resolved(outcome);
  }

  #call<T>(call: Call<T>): Promise<T> {
    const { prng, weather, agenda, user } = this.#parts;
    if (call.isChange && prng.chance(weather.kill)) agenda.after(prng.exponential(4), () => user.doom());
    const result = this.provesDeath ? this.#tail.then(() => this.#onDisk(call)) : this.#overNetwork(call);
    this.#tail = result.catch(() => {});
    if (call.isChange) {
      const ended = user.changeBegins();
      result.then(ended, ended);
    }
    return result;
  }

  #overNetwork<T>(call: Call<T>): Promise<T> {
    const { agenda, server, user } = this.#parts;
    return new Promise((resolve, reject) => {
      const fate = this.#fate(call);
      const { generation } = server;
      const fails = (reason: string) => agenda.after(this.#delayMs(), () => user.deliver(() => reject(lost(reason))));
      if (fate === 'before') return fails('connection refused');
      if (fate === 'lost') return;
      agenda.after(this.#delayMs(), () => {
        if (server.generation !== generation) return;
        if (server.isDown) return server.downIsSilent ? undefined : fails('connection reset');
        server.contact(this.#by);
        const outcome = attempt(call.apply);
        if (fate === 'mute' || this.#parts.machine.isCut) {
          if (call.isChange) this.#inDoubt = true;
          return;
        }
        if (fate === 'after') return fails('connection reset before the answer');
        agenda.after(this.#delayMs(), () =>
          user.deliver(() => {
            if (!outcome.ok) return reject(outcome.error);
            call.seen(outcome.value);
            resolve(outcome.value);
          }),
        );
      });
    });
  }

  /** Nothing is lost between a process and its disk: what hangs comes late, unless the process ends. */
  #onDisk<T>(call: Call<T>): Promise<T> {
    const { agenda, user, prng } = this.#parts;
    return new Promise((resolve, reject) => {
      const fate = this.#fate(call);
      const stuckMs = fate === 'lost' || fate === 'mute' ? prng.exponential(SLOW_MEAN_MS) : 0;
      let applied: Attempt<T> | undefined;
      const apply = () => {
        applied ??= attempt(call.apply);
      };
      const answer = () => {
        this.#underWay = undefined;
        if (fate === 'before') return reject(lost('ENOSPC'));
        if (fate === 'after') return reject(lost('EIO'));
        if (!applied!.ok) return reject(applied!.error);
        call.seen(applied!.value);
        resolve(applied!.value);
      };
      if (fate !== 'before' && call.isChange) this.#underWay = apply;
      agenda.after(this.#delayMs() + (fate === 'lost' ? stuckMs : 0), () =>
        user.deliver(() => {
          if (fate !== 'before') apply();
          agenda.after(this.#delayMs() + (fate === 'mute' ? stuckMs : 0), () => user.deliver(answer));
        }),
      );
    });
  }

  #fate(call: { readonly isChange: boolean }): Fate {
    const fate = this.#drawFate();
    if (fate !== 'fine' && call.isChange) this.#inDoubt = true;
    return fate;
  }

  #drawFate(): Fate {
    const { prng, weather, machine, server } = this.#parts;
    if (machine.isCut) return machine.cutIsSilent ? 'lost' : 'before';
    if (server.isDown) return server.downIsSilent ? 'lost' : 'before';
    if (prng.chance(weather.failBefore)) return 'before';
    if (prng.chance(weather.failAfter)) return 'after';
    if (prng.chance(weather.hang)) return prng.chance(0.5) ? 'lost' : 'mute';
    return 'fine';
  }

  #delayMs(): number {
    const { prng, weather } = this.#parts;
    return prng.exponential(prng.chance(weather.slow) ? SLOW_MEAN_MS : 3);
  }
}

function lost(reason: string): FrondError {
  return new FrondError('SLOT_STORE_UNAVAILABLE', { store: 'simulated:', reason });
}
