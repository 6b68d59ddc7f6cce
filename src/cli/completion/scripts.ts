import type { Place, Word } from './places.ts';

/**
 * Scripts that know the whole command line by themselves: a TAB starts no Node and runs nothing of what was typed. The
 * libraries for this ask the program at each TAB, by an `eval` of the words there.
 */
export const SHELL_SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const pathPatterns = (places: readonly Place[]) =>
  places
    .filter(({ path }) => path !== '')
    .map(({ path }) => quoted(path))
    .join('|');

/** Options with a value, by place: what may follow them. */
function valued({ path, words }: Place): { readonly after: string; readonly values: readonly string[] }[] {
  return words.flatMap(({ word, values }) =>
    values === undefined ? [] : [{ after: `${path} ${word}`.trim(), values }],
  );
}

function bashScript(places: readonly Place[]): string {
  const values = places.flatMap(valued).filter(each => each.values.length > 0);
  const line = (key: string, words: readonly string[]) => `    ${quoted(key)}) words=${quoted(words.join(' '))} ;;`;
  return `# Completion of frond in bash: source <(frond completion bash)
_frond() {
  local at= word words= last=\${COMP_WORDS[COMP_CWORD-1]} current=\${COMP_WORDS[COMP_CWORD]}
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${at:+$at }$word" in
      ${pathPatterns(places)}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at" in
${places
  .map(({ path, words }) =>
    line(
      path,
      words.map(each => each.word),
    ),
  )
  .join('\n')}
  esac
  case "\${at:+$at }$last" in
${values.map(each => line(each.after, each.values)).join('\n')}
${otherValues(places)}) words= ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _frond frond
`;
}

/** Patterns of the options whose value is free: files, then. */
function otherValues(places: readonly Place[]): string {
  const free = places.flatMap(valued).filter(each => each.values.length === 0);
  return `    ${free.map(each => quoted(each.after)).join('|')}`;
}

function zshScript(places: readonly Place[]): string {
  const values = places.flatMap(valued).filter(each => each.values.length > 0);
  const entry = ({ word, text }: Word) => quoted(`${word.replaceAll(':', '\\:')}${text === '' ? '' : `:${text}`}`);
  return `#compdef frond
# Completion of frond in zsh: source <(frond completion zsh), or this file as _frond in a directory of $fpath
_frond() {
  local at= word last=\${words[CURRENT-1]}
  local -a lines
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${at:+$at }$word" in
      ${pathPatterns(places)}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at" in
${places.map(({ path, words }) => `    ${quoted(path)}) lines=(${words.map(entry).join(' ')}) ;;`).join('\n')}
  esac
  case "\${at:+$at }$last" in
${values.map(each => `    ${quoted(each.after)}) lines=(${each.values.map(quoted).join(' ')}) ;;`).join('\n')}
${otherValues(places)}) lines=() ;;
  esac
  if (( $#lines )); then _describe frond lines; else _files; fi
}
if [[ $funcstack[1] == _frond ]]; then _frond "$@"; else compdef _frond frond; fi
`;
}

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words }) =>
    words.map(({ word, text, values }) => {
      const name = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${quoted(word)}`;
      const value = values === undefined ? '' : values.length === 0 ? ' -r' : ` -x -a ${quoted(values.join(' '))}`;
      return `complete -c frond -n ${quoted(`__frond_at ${quoted(path)}`)} ${name}${value} -d ${quoted(text)}`;
    }),
  );
  const paths = places.map(({ path }) => path).filter(path => path !== '');
  return `# Completion of frond in fish: frond completion fish | source
function __frond_at
  set -l at
  for word in (commandline -opc)[2..]
    contains -- "$at $word" ${paths.map(path => quoted(` ${path}`)).join(' ')}; and set at "$at $word"
  end
  test "$at" = (string replace -r '^(?=.)' ' ' -- "$argv")
end
${lines.join('\n')}
`;
}
