import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPILE_CACHE } from '../support/compile-cache.ts';
import { Service } from '../support/service.ts';

const ROOT = join(import.meta.dirname, '../..');

/** One `$ ` line of a page with what the page shows below it. */
export interface ShellExample {
  /** Counted from 1. */
  readonly line: number;
  readonly command: string;
  /** The lines up to the next `$ `; `…` stands for anything, alone on a line for any lines. */
  readonly shown: string;
}

export interface ShellAnswer {
  readonly example: ShellExample;
  /** Standard output and error as a terminal shows them, without the last line ends. */
  readonly output: string;
  readonly code: number;
}

/** The lines of each ```sh block, numbered as in the page. */
export function shellBlocks(markdown: string): (readonly (readonly [line: number, text: string])[])[] {
  const blocks: [number, string][][] = [];
  let open: [number, string][] | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    if (open === undefined && text.trim() === '```sh') open = [];
    else if (open !== undefined && text.trim() === '```') {
      blocks.push(open);
      open = undefined;
    } else open?.push([index + 1, text]);
  }
  return blocks;
}

/** The commands of a page in their order. Blocks without a `$ ` line are prose and give none. */
export function shellExamples(markdown: string): ShellExample[] {
  const examples: { line: number; command: string; shown: string[] }[] = [];
  for (const block of shellBlocks(markdown)) {
    let last: (typeof examples)[number] | undefined;
    for (const [line, text] of block) {
      const isMore = last !== undefined && last.shown.length === 0 && last.command.endsWith('\\');
      if (isMore) last!.command += `\n${text}`;
      else if (text.startsWith('$ ')) {
        last = { line, command: text.slice(2), shown: [] };
        examples.push(last);
      } else last?.shown.push(text);
    }
  }
  return examples.map(({ line, command, shown }) => ({ line, command, shown: shown.join('\n').trimEnd() }));
}

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A line that is an ID of the moment and nothing else: a page shows a real one, which stands for all. */
const MOMENTARY: readonly RegExp[] = [/^\d{18,19}$/, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/];

function patternOf(line: string): string {
  if (line.trim() === '…') return '[\\s\\S]*';
  const momentary = MOMENTARY.find(pattern => pattern.test(line));
  if (momentary !== undefined) return momentary.source.slice(1, -1);
  return literal(line).replaceAll('…', '.*?').replace(/ {2,}/g, ' {2,}');
}

/** Whether output is what a page shows: `…` is anything, and columns may be wider or narrower. */
export function isAsShown(shown: string, output: string): boolean {
  return new RegExp(`^${shown.split('\n').map(patternOf).join('\n')}$`).test(output.trimEnd());
}

export interface ShellSetting {
  /** Further environment of the commands. */
  readonly env?: Readonly<Record<string, string>>;
  /** The port that the page shows, for which that of the test's service stands in. */
  readonly shownPort?: number;
  /** What `./data` is there: the data directory of the service, for commands that go by it. */
  readonly dataDir?: string;
}

/**
 * Runs the commands one after another in one bash, as someone does who reads the page: in an empty directory, with
 * `frond` on the PATH and a service on the port that the page shows.
 * @param url where that service really is
 */
export async function runShellExamples(
  examples: readonly ShellExample[],
  url: string,
  { env = {}, shownPort = 8080, dataDir }: ShellSetting = {},
): Promise<ShellAnswer[]> {
  const directory = mkdtempSync(join(tmpdir(), 'frond-docs-'));
  const port = new URL(url).port;
  const toReal = (text: string) => text.replaceAll(`:${shownPort}`, `:${port}`);
  const toShown = (text: string) => text.replaceAll(`:${port}`, `:${shownPort}`);
  try {
    putFrondOnPath(directory);
    if (dataDir !== undefined) symlinkSync(dataDir, join(directory, 'home/data'));
    const mark = `end-of-example-${port}`;
    const script = examples.map(
      ({ command }) => `${toReal(command)}\n__code=$?; echo; echo "${mark} $__code"; (exit $__code)`,
    );
    const text = await bash(script.join('\n'), directory, { FROND_PORT: port, ...env });
    const parts = text.split(new RegExp(`\\n${mark} (\\d+)\\n`));
    return examples.map((example, i) => {
      const code = parts[2 * i + 1];
      if (code === undefined) throw new Error(`line ${example.line}: the shell ended in ${example.command}:\n${text}`);
      return { example, output: toShown(parts[2 * i]!).trimEnd(), code: Number(code) };
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The file that the commands start in, and what is beside it on the PATH. */
function putFrondOnPath(directory: string): void {
  mkdirSync(join(directory, 'bin'));
  const frond = join(directory, 'bin/frond');
  writeFileSync(frond, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'src/cli.ts')}' "$@"\n`);
  chmodSync(frond, 0o755);
  mkdirSync(join(directory, 'home'));
  // A terminal does not show the meter of the progress either.
  writeFileSync(join(directory, 'home/.curlrc'), 'silent\nshow-error\n');
  writeFileSync(join(directory, 'home/package.json'), '{"private":true,"scripts":{"frond":"frond"}}');
}

function bash(script: string, directory: string, env: Readonly<Record<string, string>>): Promise<string> {
  const home = join(directory, 'home');
  const path = `${join(directory, 'bin')}:${process.env['PATH'] ?? ''}`;
  const child = spawn('bash', ['--norc', '-c', `exec 2>&1\n${script}\n`], {
    cwd: home,
    env: { PATH: path, HOME: home, ...COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', chunk => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}

/**
 * Runs every command of a page against a service that has just started.
 * @returns a line for each command that did not do as shown. A command that fails is one, unless the page's next
 * command asks for the code (`echo $?`)
 */
export async function untrueExamples(page: string, setting: ShellSetting = {}): Promise<string[]> {
  const examples = shellExamples(readFileSync(join(ROOT, page), 'utf8'));
  if (examples.length === 0) throw new Error(`${page} shows no command`);
  const service = new Service();
  try {
    await (await service.start()).ready();
    const dataDir = join(service.directory, 'data');
    const answers = await runShellExamples(examples, service.url, { dataDir, ...setting });
    return answers.flatMap(({ example, output, code }, i) => {
      const where = `${page}:${example.line}: ${example.command}`;
      const told = examples[i + 1]?.command.startsWith('echo $?') ?? false;
      if (code !== 0 && !told) return [`${where}\nended with ${code}:\n${output}`];
      return isAsShown(example.shown, output) ? [] : [`${where}\nshows:\n${example.shown}\nand printed:\n${output}`];
    });
  } finally {
    await service.remove();
  }
}
