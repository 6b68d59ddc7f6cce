import type { Agenda } from '../agenda.ts';
import type { Machine } from '../machine.ts';
import type { Prng } from '../prng.ts';
import type { Weather } from '../weather.ts';
import { Pipe } from './pipe.ts';
import type { StepResult, WriteStep, Znode } from './znodes.ts';

export type Request =
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'write'; readonly steps: readonly WriteStep[] }
  | { readonly kind: 'close session' };

export type ToServer =
  | { readonly kind: 'hello'; readonly sessionId: bigint; readonly timeoutMs: number; readonly zxid: number }
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'end' };

export interface Reply {
  readonly zxid: number;
  readonly results: readonly StepResult[];
  /** Of a read; undefined where there is no node. */
  readonly node?: Znode | undefined;
}

export type ToClient =
  | { readonly kind: 'open' }
  /** A timeout of 0: the session has expired. */
  | { readonly kind: 'welcome'; readonly sessionId: bigint; readonly timeoutMs: number }
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'end'; readonly reason: string };

/** The other end: a server of the ensemble. */
export interface WireServer {
  /** Until then it neither reads nor writes; true time. */
  readonly silentUntilMs: number;
  /** It takes no connections. */
  readonly isDown: boolean;
  accept(wire: Wire): void;
  arrived(wire: Wire, message: ToServer): void;
}

export interface WireParts {
  readonly agenda: Agenda;
  readonly prng: Prng;
  readonly weather: Weather;
  readonly machine: Machine;
  readonly server: WireServer;
  /** Called in the order of sending, in the process. */
  readonly received: (message: ToClient) => void;
  /** Of the process. */
  readonly name: string;
}

const SLOW_MEAN_MS = 4000;

/** A TCP connection from a process to a server, with all that a network does to it. */
export class Wire {
  readonly name: string;
  readonly #parts: WireParts;
  readonly #toServer: Pipe<ToServer>;
  readonly #toClient: Pipe<ToClient>;
  #lostUntilMs = 0;
  #muteUntilMs = 0;
  #isCutOff = false;
  /** The client has let go of it; what it sent before may still arrive. */
  isAbandoned = false;

  constructor(parts: WireParts) {
    this.#parts = parts;
    this.name = parts.name;
    const { agenda, machine, server } = parts;
    const cutUntilMs = () => (machine.cutIsSilent ? machine.cutUntilMs : 0);
    this.#toServer = new Pipe(
      agenda,
      () => Math.max(this.#lostUntilMs, cutUntilMs(), server.silentUntilMs),
      message => this.#arrive(message),
    );
    this.#toClient = new Pipe(
      agenda,
      () => Math.max(this.#muteUntilMs, cutUntilMs(), server.silentUntilMs),
      message => {
        if (!this.isAbandoned) parts.received(message);
      },
    );
    agenda.after(this.#delayMs(), () => this.#open());
  }

  /** Nothing comes through in one direction at least, and nobody was told. */
  get isHalfOpen(): boolean {
    const { agenda, machine, server } = this.#parts;
    const silentUntilMs = Math.max(this.#lostUntilMs, this.#muteUntilMs, server.silentUntilMs);
    return agenda.nowMs < silentUntilMs || (machine.isCut && machine.cutIsSilent);
  }

  send(message: ToServer): void {
    const { machine, prng, weather, agenda } = this.#parts;
    if (this.#isCutOff) return;
    if (machine.isCut && !machine.cutIsSilent) {
      this.reset('connection reset');
      return;
    }
    if (message.kind === 'request') {
      if (prng.chance(weather.failBefore)) {
        this.reset('connection reset');
        return;
      }
      if (prng.chance(weather.hang)) this.#hang();
    }
    this.#toServer.send(message, this.#delayMs());
    if (message.kind === 'request' && prng.chance(weather.failAfter)) {
      this.#muteUntilMs = Number.POSITIVE_INFINITY;
      agenda.after(this.#delayMs(), () => this.#cutOff('connection reset before the answer'));
      this.#toServer.send({ kind: 'end' }, this.#delayMs());
    }
  }

  reply(message: ToClient): void {
    if (!this.#isCutOff) this.#toClient.send(message, this.#delayMs());
  }

  /** Both ends lose it; what is on its way is lost. */
  reset(reason: string): void {
    this.#lostUntilMs = Number.POSITIVE_INFINITY;
    this.#cutOff(reason);
  }

  /** The server's end of it, behind all that it has sent. */
  finish(reason: string): void {
    this.#lostUntilMs = Number.POSITIVE_INFINITY;
    this.reply({ kind: 'end', reason });
    this.#isCutOff = true;
  }

  /** The server closes it as soon as it hears that it has to; until then requests go on to come in. */
  dismiss(reason: string): void {
    const { agenda, prng, server } = this.#parts;
    const silentMs = Math.max(0, server.silentUntilMs - agenda.nowMs);
    agenda.after(silentMs + prng.exponential(1000), () => this.reset(reason));
  }

  /** The client's end of it. What is on its way to the server goes on. */
  abandon(): void {
    if (this.isAbandoned) return;
    this.isAbandoned = true;
    if (!this.#isCutOff) this.#toServer.send({ kind: 'end' }, this.#delayMs());
  }

  #open(): void {
    const { machine, server } = this.#parts;
    if (this.isAbandoned) return;
    if ((machine.isCut && !machine.cutIsSilent) || server.isDown) {
      this.reset('connection refused');
      return;
    }
    server.accept(this);
    // The kernel of a server that hangs takes the connection all the same.
    if (machine.isCut) this.reply({ kind: 'open' });
    else this.#parts.received({ kind: 'open' });
  }

  #arrive(message: ToServer): void {
    if (this.#parts.server.isDown) this.reset('connection reset');
    else this.#parts.server.arrived(this, message);
  }

  #cutOff(reason: string): void {
    if (this.#isCutOff) return;
    this.#isCutOff = true;
    const { agenda, received } = this.#parts;
    agenda.after(this.#delayMs(), () => {
      if (!this.isAbandoned) received({ kind: 'end', reason });
    });
  }

  /** Half-open from now on: in one direction, for a while or for ever. */
  #hang(): void {
    const { agenda, prng } = this.#parts;
    const untilMs = prng.chance(0.5) ? Number.POSITIVE_INFINITY : agenda.nowMs + prng.exponential(SLOW_MEAN_MS);
    if (prng.chance(0.5)) this.#lostUntilMs = Math.max(untilMs, this.#lostUntilMs);
    else this.#muteUntilMs = Math.max(untilMs, this.#muteUntilMs);
  }

  #delayMs(): number {
    const { prng, weather } = this.#parts;
    return prng.exponential(prng.chance(weather.slow) ? SLOW_MEAN_MS : 2);
  }
}
