import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Allocator } from '../../src/allocators/allocator.ts';

export interface AllocatorWorld<Id, Batch> {
  /** Not yet started. */
  readonly allocator: Allocator<Id, Batch>;
  /** From now on no call that needs more than is at hand can be served; absent where a kind never waits. */
  starve?(): void | Promise<void>;
  /** Undoes `starve`. */
  feed?(): void | Promise<void>;
  /** Lets time pass where the allocator runs in virtual time; absent where it runs in real time. */
  passTime?(ms: number): Promise<void>;
  /** Removes what the world left; the allocator is stopped before. */
  end(): Promise<void>;
}

export interface AllocatorRig<Id, Batch> {
  readonly name: string;
  /** Given to `source`, where the kind has tags. */
  readonly tag?: string;
  /** True when the IDs of a source strictly increase. */
  readonly ordered: boolean;
  /** True when no ID is given before `start` and after `stop`. */
  readonly hasLife: boolean;
  open(): Promise<AllocatorWorld<Id, Batch>>;
  /** The IDs of a batch in order. */
  idsOf(batch: Batch): readonly Id[];
}

/** What every `Allocator` must do, whatever its kind. */
export function allocatorContract<Id extends bigint | string, Batch>(rig: AllocatorRig<Id, Batch>): void {
  describe(`Allocator contract: ${rig.name}`, () => {
    let world: AllocatorWorld<Id, Batch>;
    const source = () => world.allocator.source(rig.tag);

    beforeEach(async () => {
      world = await rig.open();
    });

    afterEach(async () => {
      await world.feed?.();
      await world.allocator.stop();
      await world.end();
    });

    const expectOrder = (ids: readonly Id[]) => {
      expect(new Set(ids).size).toBe(ids.length);
      if (rig.ordered) for (let i = 1; i < ids.length; i++) expect(ids[i]! > ids[i - 1]!).toBe(true);
    };

    describe('life', () => {
      it('is ready after start', async () => {
        await world.allocator.start();
        expect(world.allocator.state).toBe('ready');
      });

      it('shares one start and one stop among concurrent callers', async () => {
        await Promise.all([world.allocator.start(), world.allocator.start()]);
        await world.allocator.start();
        expect(world.allocator.state).toBe('ready');
        await Promise.all([world.allocator.stop(), world.allocator.stop()]);
        await world.allocator.stop();
        expect(world.allocator.state).toBe(rig.hasLife ? 'stopped' : 'ready');
      });

      it('can be stopped without ever being started', async () => {
        await world.allocator.stop();
        expect(world.allocator.state).toBe(rig.hasLife ? 'stopped' : 'ready');
      });

      it('can be stopped while it starts', async () => {
        const start = world.allocator.start().catch(() => {});
        await world.allocator.stop();
        await start;
        expect(world.allocator.state).toBe(rig.hasLife ? 'stopped' : 'ready');
      });

      it('is stopped by disposal', async () => {
        await world.allocator.start();
        await world.allocator[Symbol.asyncDispose]();
        expect(world.allocator.state).toBe(rig.hasLife ? 'stopped' : 'ready');
      });

      it('describes itself as plain JSON at any time', async () => {
        const expectPlain = () => {
          const status = world.allocator.status();
          expect(JSON.parse(JSON.stringify(status))).toEqual(status);
        };
        expectPlain();
        await world.allocator.start();
        await source().next();
        expectPlain();
        await world.allocator.stop();
        expectPlain();
      });
    });

    if (rig.hasLife) {
      describe('outside its life', () => {
        const refuses = async () => {
          expect(source().tryNext()).toBeUndefined();
          await expect(source().next()).rejects.toMatchObject({ code: 'NOT_READY' });
          await expect(source().nextMany(3)).rejects.toMatchObject({ code: 'NOT_READY' });
        };

        it('refuses with NOT_READY before start', refuses);

        it('refuses with NOT_READY after stop, also by a source that has given IDs', async () => {
          await world.allocator.start();
          const early = source();
          await early.next();
          await world.allocator.stop();
          await refuses();
          expect(early.tryNext()).toBeUndefined();
          await expect(early.next()).rejects.toMatchObject({ code: 'NOT_READY' });
        });

        it('gives IDs by a source that was asked for before start', async () => {
          const early = source();
          await world.allocator.start();
          expectOrder([await early.next(), await early.next()]);
        });
      });
    }

    describe('a source', () => {
      beforeEach(() => world.allocator.start());

      it('is of the kind of its allocator', () => {
        expect(source().kind).toBe(world.allocator.kind);
      });

      it('gives IDs that rise and never repeat, by whatever call they are taken', async () => {
        const one = source();
        const ids: Id[] = [];
        for (let i = 0; i < 200; i++) {
          if (i % 3 === 0) ids.push(await one.next());
          else if (i % 3 === 1) ids.push(...rig.idsOf(await one.nextMany(1 + (i % 20))));
          else {
            const id = one.tryNext();
            if (id !== undefined) ids.push(id);
            const batch = one.tryNextMany?.(1 + (i % 5));
            if (batch !== undefined) ids.push(...rig.idsOf(batch));
          }
        }
        expectOrder(ids);
        expect(ids.length).toBeGreaterThan(700);
      });

      it('shares its IDs with every other source', async () => {
        const [a, b] = [source(), source()];
        const ids: Id[] = [];
        for (let i = 0; i < 50; i++) ids.push(await a.next(), await b.next());
        expectOrder(ids);
      });

      it('gives concurrent callers different IDs in the order of their calls', async () => {
        const one = source();
        expectOrder(await Promise.all(Array.from({ length: 100 }, () => one.next())));
      });

      it('gives as many IDs as asked for', async () => {
        for (const count of [1, 2, 999]) {
          const ids = rig.idsOf(await source().nextMany(count));
          expect(ids).toHaveLength(count);
          expectOrder(ids);
        }
      });

      it.each([0, -1, 1.5, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY])('refuses a count of %d', async count => {
        await expect(source().nextMany(count)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      });
    });

    describe('a source that cannot give an ID now', () => {
      /** Starts, then takes what is at hand until nothing is; false where the kind never comes to that. */
      const starved = async () => {
        await world.allocator.start();
        await source().next();
        if (world.starve === undefined) return false;
        await world.starve();
        while (source().tryNext() !== undefined);
        return true;
      };

      it('ends a wait at its deadline with an error that says when to try again', async () => {
        if (!(await starved())) return expect(await source().next({ deadlineMs: 0 })).toBeDefined();
        const call = source()
          .next({ deadlineMs: 30 })
          .catch((error: unknown) => error);
        await world.passTime?.(30);
        expect(await call).toMatchObject({ retryable: true, retryAfterMs: expect.any(Number) });
      });

      it('ends a wait when its signal is aborted', async () => {
        if (!(await starved())) return expect(await source().next({ deadlineMs: 0 })).toBeDefined();
        const controller = new AbortController();
        const call = source()
          .next({ signal: controller.signal, deadlineMs: 60_000 })
          .catch((error: unknown) => error);
        controller.abort();
        expect(await call).toMatchObject({ code: 'ABORTED' });
      });

      it('gives nothing to a signal that is aborted already', async () => {
        if (!(await starved())) return expect(await source().next({ deadlineMs: 0 })).toBeDefined();
        const call = source().next({ signal: AbortSignal.abort(), deadlineMs: 60_000 });
        await expect(call).rejects.toMatchObject({ code: 'ABORTED' });
      });

      it('ends all waits with NOT_READY when the allocator stops', async () => {
        if (!(await starved())) return expect(await source().next({ deadlineMs: 0 })).toBeDefined();
        const calls = [source().next({ deadlineMs: 60_000 }), source().nextMany(5, { deadlineMs: 60_000 })];
        const outcomes = Promise.allSettled(calls);
        await Promise.all([world.feed?.(), world.allocator.stop()]);
        for (const outcome of await outcomes) {
          expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'NOT_READY' } });
        }
      });

      it('gives IDs again, above all before, when it can', async () => {
        await world.allocator.start();
        const before = await source().next();
        await starved();
        await world.feed?.();
        const call = source().next({ deadlineMs: 60_000 });
        await world.passTime?.(5000);
        expectOrder([before, await call]);
      });
    });
  });
}
