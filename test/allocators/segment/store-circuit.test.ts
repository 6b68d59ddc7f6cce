import { describe, expect, it } from 'vitest';
import { StoreCircuit } from '../../../src/allocators/segment/store-circuit.ts';
import { FrondError } from '../../../src/errors.ts';
import { VirtualSystem } from '../../support/virtual-system.ts';

const AWAY = new FrondError('STORE_UNAVAILABLE', { store: 'scripted', reason: 'scripted outage' });
/** As many may ask at a time while the store answers. */
const WIDTH = 16;
const NO = new FrondError('RANGE_EXHAUSTED', { tag: 'x', stepIds: 1 });

/** A circuit that so many tags found without an answer, and nobody asks any more. */
function tripped(tags = 2) {
  const system = new VirtualSystem();
  const circuit = new StoreCircuit(system);
  for (let i = 0; i < tags; i++) expect(circuit.admit(() => {}, false)).toBe(true);
  for (let i = 0; i < tags; i++) circuit.ended(`tag${i}`, AWAY);
  return { system, circuit };
}

/** A caller that asks as soon as it is let, and writes its name down. */
function caller(circuit: StoreCircuit, asked: string[], name: string, urgent = false) {
  const retry = () => {
    if (circuit.admit(retry, urgent)) asked.push(name);
  };
  return retry;
}

describe('StoreCircuit', () => {
  it('lets many ask at a time while the store answers, also after one tag failed, and the others in their turn', () => {
    const { circuit } = tripped(1);
    expect(circuit.dated()).toBeUndefined();
    const asked: string[] = [];
    for (let i = 0; i < 50; i++) caller(circuit, asked, `tag${i}`)();
    expect(asked).toHaveLength(WIDTH);
    // One that failed makes room as well.
    circuit.ended('tag0', AWAY);
    for (let i = 1; i < 50; i++) {
      expect(asked).toHaveLength(Math.min(50, WIDTH + i));
      circuit.ended(`tag${i}`, undefined);
    }
    expect(asked).toEqual(Array.from({ length: 50 }, (_, i) => `tag${i}`));
  });

  it('does not speak of an outage when nobody has asked since the pause', async () => {
    const { system, circuit } = tripped();
    expect(circuit.dated()).toBeDefined();
    await system.advance(100);
    expect(circuit.dated()).toBeUndefined();
    expect(circuit.admit(() => {}, false)).toBe(true);
    expect(circuit.dated()).toBeDefined();
  });

  it('stays closed however often one tag fails, and when an answer comes between', () => {
    const circuit = new StoreCircuit(new VirtualSystem());
    const ask = (tag: string, failure: FrondError | undefined) => {
      expect(circuit.admit(() => {}, false)).toBe(true);
      circuit.ended(tag, failure);
    };
    for (let i = 0; i < 10; i++) ask('locked', AWAY);
    ask('other', NO);
    ask('third', AWAY);
    ask('third', undefined);
    ask('locked', AWAY);
    expect(circuit.dated()).toBeUndefined();
  });

  it('lets nobody ask in the pause, says how long it is, and then lets one ask at a time', async () => {
    const { system, circuit } = tripped();
    const asked: string[] = [];
    for (const name of ['a', 'b', 'c']) caller(circuit, asked, name)();
    expect(asked).toEqual([]);
    const pauseMs = circuit.dated()?.retryAfterMs ?? 0;
    expect(circuit.dated()).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: AWAY });
    await system.advance(pauseMs - 1);
    expect(asked).toEqual([]);
    await system.advance(1);
    expect(asked).toEqual(['a']);
    await system.advance(60_000);
    expect(asked).toEqual(['a']);
    circuit.ended('a', AWAY);
    await system.advance(800);
    expect(asked).toEqual(['a', 'b']);
  });

  it('lets twice as many ask after each answer, until nobody queues', async () => {
    const { system, circuit } = tripped();
    const asked: string[] = [];
    for (let i = 0; i < 20; i++) caller(circuit, asked, `tag${i}`)();
    await system.advance(100);
    const underWay = () => asked.length - answers;
    let answers = 0;
    const widths = [underWay()];
    while (underWay() > 0) {
      answers++;
      circuit.ended('tag', undefined);
      widths.push(underWay());
    }
    expect(widths.slice(0, 4)).toEqual([1, 2, 4, 8]);
    expect(asked).toHaveLength(20);
    expect(circuit.dated()).toBeUndefined();
    for (let i = 0; i < WIDTH; i++) expect(circuit.admit(() => {}, false)).toBe(true);
  });

  it('closes to one at a time again when the store fails half open', async () => {
    const { system, circuit } = tripped();
    const asked: string[] = [];
    for (let i = 0; i < 20; i++) caller(circuit, asked, `tag${i}`)();
    await system.advance(100);
    circuit.ended('tag0', undefined);
    expect(asked).toHaveLength(3);
    circuit.ended('tag1', AWAY);
    circuit.ended('tag2', AWAY);
    expect(asked).toHaveLength(3);
    await system.advance(100);
    expect(asked).toHaveLength(4);
  });

  it('is not kept closed by failures of questions from before', async () => {
    const system = new VirtualSystem();
    const circuit = new StoreCircuit(system);
    for (let i = 0; i < WIDTH; i++) circuit.admit(() => {}, false);
    const asked: string[] = [];
    for (let i = 0; i < WIDTH; i++) circuit.ended(`tag${i}`, AWAY);
    caller(circuit, asked, 'probe')();
    await system.advance(100);
    expect(asked).toEqual(['probe']);
  });

  it('goes on to the next when one in the queue needs nothing any more', async () => {
    const { system, circuit } = tripped();
    const asked: string[] = [];
    let idle = false;
    const retry = () => void (idle || circuit.admit(retry, false));
    retry();
    caller(circuit, asked, 'b')();
    idle = true;
    await system.advance(100);
    expect(asked).toEqual(['b']);
  });

  it('takes those with callers waiting first, each in the order of its coming however often it calls', async () => {
    const { system, circuit } = tripped();
    const asked: string[] = [];
    caller(circuit, asked, 'patient')();
    const first = caller(circuit, asked, 'first', true);
    first();
    caller(circuit, asked, 'second', true)();
    first();
    await system.advance(100);
    circuit.ended('first', undefined);
    circuit.ended('second', undefined);
    expect(asked).toEqual(['first', 'second', 'patient']);
  });

  it('admits nobody who queued, and holds no timer, after the end', async () => {
    const { system, circuit } = tripped();
    const asked: string[] = [];
    caller(circuit, asked, 'probe')();
    await system.advance(100);
    caller(circuit, asked, 'a')();
    circuit.end();
    circuit.ended('probe', AWAY);
    expect(system.pendingTimers).toBe(0);
    asked.length = 0;
    await system.advance(10_000);
    expect(asked).toEqual([]);
    expect(system.pendingTimers).toBe(0);
  });
});
