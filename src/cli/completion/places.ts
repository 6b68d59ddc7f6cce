import type { Command, Option } from 'commander';

/** What may follow at one place of a command line. */
export interface Place {
  /** The commands before, as `tags list`; empty at the start. */
  readonly path: string;
  readonly words: readonly Word[];
}

export interface Word {
  readonly word: string;
  /** What it is for, in one line. */
  readonly text: string;
  /** Of an option: what may follow it; empty when that is free. */
  readonly values?: readonly string[];
}

/** Every place of a program, from the program itself down. */
export function placesOf(command: Command, path = ''): Place[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter(each => each.name() !== 'help');
  const words = [
    ...commands.map(each => ({ word: each.name(), text: oneLine(each.description()) })),
    ...command.registeredArguments.flatMap(each => (each.argChoices ?? []).map(word => ({ word, text: '' }))),
    ...help.visibleOptions(command).map(wordOf),
  ];
  return [{ path, words }, ...commands.flatMap(each => placesOf(each, `${path} ${each.name()}`.trim()))];
}

function wordOf(option: Option): Word {
  const word = { word: option.long ?? option.short!, text: oneLine(option.description) };
  return option.required || option.optional ? { ...word, values: option.argChoices ?? [] } : word;
}

/** Without the bounds of a setting and what follows its first sentence. */
function oneLine(text: string): string {
  return text.split(/\.? \[|\. |; |\.$/, 1)[0]!;
}
