import { encodedForms, wordsOf, writtenForms } from './written-forms.ts';

const mask = '***';

/** Hides one value in every form in which it may turn up. */
export interface Concealer {
  /** Of the value: the longest is hidden first, or the shorter of two that begin alike would leave the rest of the other. */
  readonly length: number;
  /** `lower` is the text in lower case, of the same length; `undefined` where case changes the length. */
  readonly hide: (text: string, lower: string | undefined) => string;
}

/** Groups of values that must not be seen: a connection's secrets, what one piece of work holds. A group is prepared once, however often it is used. */
export type Concealed = readonly (readonly string[])[];

const prepared = new WeakMap<readonly string[], readonly Concealer[]>();

export function concealersOf(group: readonly string[]): readonly Concealer[] {
  const known = prepared.get(group);
  if (known) return known;
  const made = [...new Set(group)].filter((value) => value.trim() !== '').map(createConcealer);
  prepared.set(group, made);
  return made;
}

/**
 * Most texts hold no form of a value, and a search for fixed characters tells so at a hundredth of the price of the pattern: its making alone costs more
 * than sending a request.
 */
function createConcealer(value: string): Concealer {
  const anchors = anchorsOf(value);
  let pattern: RegExp | undefined;
  return {
    length: value.length,
    hide(text, lower) {
      if (lower !== undefined && anchors && !anchors.some((anchor) => lower.includes(anchor)))
        return text;
      pattern ??= new RegExp(writtenForms(value).join('|'), 'gi');
      return text.replace(pattern, mask);
    },
  };
}

/** For each form its longest row of letters and digits, which nobody encodes; `undefined` where a form has none. */
function anchorsOf(value: string): readonly string[] | undefined {
  const words = wordsOf(value);
  // The last four digits of a number may stand apart.
  const plain = words.length > 0 ? words : [value.replace(/^(\d{4,7})\d{4}$/, '$1')];
  const anchors = [...plain, ...encodedForms(value)].map(longestWord);
  return anchors.includes('') ? undefined : [...new Set(anchors)];
}

function longestWord(text: string): string {
  let longest = '';
  for (const word of text.split(/\W+/)) if (word.length > longest.length) longest = word;
  return longest.toLowerCase();
}
