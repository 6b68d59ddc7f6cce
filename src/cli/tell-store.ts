/** Which store a command works on, on standard error: the environment may name another than one has in mind. */
export function tellStore({ name }: { readonly name: string }): void {
  console.error(`store: ${name}`);
}
