import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CeilingRegister } from '../../src/stores/ceiling-register.ts';
import { ID_MAX } from '../../src/stores/range-store.ts';

/** One empty place for ceilings that several instances share. */
export interface CeilingWorld {
  /** One more instance's handle, not yet open. */
  handle(): CeilingRegister;
}

/** What every `CeilingRegister` must do. */
export function ceilingRegisterContract(name: string, open: () => Promise<CeilingWorld>): void {
  describe(`CeilingRegister contract: ${name}`, () => {
    let world: CeilingWorld;
    let handles: CeilingRegister[];

    const instance = async (): Promise<CeilingRegister> => {
      const register = world.handle();
      handles.push(register);
      await register.open();
      return register;
    };

    beforeEach(async () => {
      handles = [];
      world = await open();
    });
    afterEach(() => Promise.all(handles.map(each => each.close())));

    it('has no ceiling of a tag until one is made, and makes it once', async () => {
      const register = await instance();
      expect(await register.read('order')).toBeUndefined();
      expect(await register.create('order', 11n)).toBe(true);
      expect(await register.read('order')).toMatchObject({ value: 11n });
      expect(await register.create('order', 99n)).toBe(false);
      expect((await register.read('order'))?.value).toBe(11n);
    });

    it('changes a ceiling only from the version that was read, the first one included', async () => {
      const [a, b] = [await instance(), await instance()];
      await a.create('order', 11n);
      const [seenByA, seenByB] = [(await a.read('order'))!, (await b.read('order'))!];
      expect(await a.write('order', 21n, seenByA.version)).toBe(true);
      expect(await b.write('order', 31n, seenByB.version)).toBe(false);
      const second = (await a.read('order'))!;
      expect(second.value).toBe(21n);
      expect(second.version).not.toBe(seenByA.version);
      expect(await a.write('order', 41n, seenByA.version)).toBe(false);
      expect(await a.write('order', 15n, second.version)).toBe(true);
      expect((await a.read('order'))?.value).toBe(15n);
    });

    it('changes nothing that is not there', async () => {
      const register = await instance();
      expect(await register.write('order', 21n, 0)).toBe(false);
      expect(await register.read('order')).toBeUndefined();
    });

    it('lets one of many win each round', async () => {
      const registers = await Promise.all(Array.from({ length: 4 }, instance));
      const created = await Promise.all(registers.map((each, i) => each.create('order', BigInt(i + 1))));
      expect(created.filter(Boolean)).toHaveLength(1);
      for (let round = 0; round < 5; round++) {
        const { version } = (await registers[0]!.read('order'))!;
        const won = await Promise.all(registers.map((each, i) => each.write('order', BigInt(100 + i), version)));
        expect(won.filter(Boolean)).toHaveLength(1);
      }
    });

    it('keeps tags apart, whatever their names, and every value exactly', async () => {
      const register = await instance();
      const values = { a: 9007199254740993n, 'a.b': ID_MAX, 'a:b': 1n, A: 0n, 'a-b_c': 9007199254740992n };
      for (const [tag, value] of Object.entries(values)) await register.create(tag, value);
      for (const [tag, value] of Object.entries(values)) expect((await register.read(tag))?.value).toBe(value);
    });

    it('has a name for logs, and is closed twice without complaint', async () => {
      const register = await instance();
      expect(register.name).toMatch(/\S/);
      await register.close();
      await register.close();
    });
  });
}
