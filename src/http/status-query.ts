import { TAG_ORDERS, TAGS_SHOWN_MAX, type TagOrder, type TagSelection } from '../allocators/tag-selection.ts';
import { FrondError } from '../errors.ts';

/** Longer than any tag's name. */
export const MATCH_MAX_CHARS = 128;

function invalid(field: string, value: unknown, expected: string): FrondError {
  return new FrondError('INVALID_ARGUMENT', { field, value, expected });
}

function tagsOf(text: string): number {
  const tags = /^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : Number.NaN;
  if (!(tags <= TAGS_SHOWN_MAX)) throw invalid('tags', text, `an integer from 0 to ${TAGS_SHOWN_MAX}`);
  return tags;
}

function matchOf(text: string): string {
  if (text.length > MATCH_MAX_CHARS) throw invalid('match', text, `at most ${MATCH_MAX_CHARS} characters`);
  return text;
}

function orderOf(text: string): TagOrder {
  const order = TAG_ORDERS.find(each => each === text);
  if (order === undefined) throw invalid('order', text, `one of ${TAG_ORDERS.join(', ')}`);
  return order;
}

/**
 * The query of GET /status: `tags`, `match` and `order`, each at most once.
 * @throws FrondError INVALID_ARGUMENT naming the parameter, its value and its bounds
 */
export function parseStatusQuery(query: Readonly<Record<string, unknown>>): TagSelection {
  let selection: TagSelection = {};
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== 'string') throw invalid(name.slice(0, 40), JSON.stringify(value), 'to be given once');
    if (name === 'tags') selection = { ...selection, tags: tagsOf(value) };
    else if (name === 'match') selection = { ...selection, match: matchOf(value) };
    else if (name === 'order') selection = { ...selection, order: orderOf(value) };
    else throw invalid(name.slice(0, 40), value, 'no parameters here but tags, match, order');
  }
  return selection;
}
