import { type FrondError, toFrondError } from '../../errors.ts';
import type { Ceiling, CeilingRegister } from '../ceiling-register.ts';

/** A failure of the register, told apart from those of the store. */
export class RegisterFailed extends Error {
  readonly told: FrondError;

  constructor(told: FrondError) {
    super(told.message, { cause: told });
    this.told = told;
  }
}

/** A register's calls for one who has read a ceiling, or seen that there is none. All throw RegisterFailed. */
export class CeilingCalls {
  readonly #register: CeilingRegister;

  constructor(register: CeilingRegister) {
    this.#register = register;
  }

  read(tag: string): Promise<Ceiling | undefined> {
    return ask(() => this.#register.read(tag));
  }

  /** False when the ceiling is not as it was seen. */
  write(tag: string, value: bigint, seen: Ceiling | undefined): Promise<boolean> {
    return ask(() =>
      seen === undefined ? this.#register.create(tag, value) : this.#register.write(tag, value, seen.version),
    );
  }
}

async function ask<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new RegisterFailed(toFrondError(error));
  }
}
