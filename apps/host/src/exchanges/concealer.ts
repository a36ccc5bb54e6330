import { hideDigits } from './hide-digits.ts';
import { shortestHidden } from './shortest-hidden.ts';
import { mask } from './stand-in.ts';
import {
  encodedForms,
  encodedPattern,
  exactForms,
  hashesOf,
  plainForms,
  wordsOf,
} from './written-forms.ts';

/** Hides one value in every form in which it may turn up. */
interface Concealer {
  /** Length of the value. Longer values are hidden first; otherwise the rest of a value that begins with a shorter one would stay visible. */
  readonly length: number;
  /** `lower` is the text in lower case, with the same length; `undefined` if lower case changes the length. */
  readonly hide: (text: string, lower: string | undefined) => string;
}

/** Groups of values to hide: a connection's secrets, the personal data of one piece of work. A group is prepared once if the same array is passed each time. */
export type Concealed = readonly (readonly string[])[];

const prepared = new WeakMap<readonly string[], readonly Concealer[]>();

function concealersOf(group: readonly string[]): readonly Concealer[] {
  const known = prepared.get(group);
  if (known) return known;
  const made = [...new Set(group)].filter((value) => value.trim() !== '').map(createConcealer);
  prepared.set(group, made);
  return made;
}

/** Hides every value of the groups, the longest first. */
export function createHider(conceal: Concealed): (text: string) => string {
  const concealers = conceal
    .flatMap(concealersOf)
    .toSorted((left, right) => right.length - left.length);
  return (plain) => {
    let hidden = plain;
    let lower = inLowerCase(plain);
    for (const concealer of concealers) {
      const result = concealer.hide(hidden, lower);
      if (result === hidden) continue;
      hidden = result;
      lower = inLowerCase(result);
    }
    return hidden;
  };
}

/** `undefined` if lower case changes the length, as for "İ": a position in it would then be another one in the text. */
function inLowerCase(text: string): string | undefined {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : undefined;
}

function createConcealer(value: string): Concealer {
  return /^\d+$/.test(value) && value.length >= shortestHidden
    ? { length: value.length, hide: (text) => hideDigits(text, value) }
    : createTextConcealer(value);
}

/** How to search for a value. */
interface Forms {
  /** A text that contains the value unencoded contains one of these. */
  readonly plain: readonly string[];
  readonly encoded: readonly string[];
  readonly pattern: (withEncoded: boolean) => string;
}

/**
 * Most texts contain no form of the value. A search for fixed strings shows that at a hundredth of the cost of the pattern, which takes longer to compile than
 * a request takes to send.
 */
function createTextConcealer(value: string): Concealer {
  const { plain, encoded, pattern } =
    value.length > longestPattern ? formsOfLong(value) : formsOf(value);
  const plainAnchors = anchorsOf(plain);
  const encodedAnchors = anchorsOf(encoded);
  let plainPattern: RegExp | undefined;
  let wholePattern: RegExp | undefined;
  return {
    length: value.length,
    hide(text, lower) {
      if (mayHold(lower, encodedAnchors)) {
        wholePattern ??= new RegExp(pattern(true), 'gi');
        return text.replace(wholePattern, mask);
      }
      if (!mayHold(lower, plainAnchors)) return text;
      plainPattern ??= new RegExp(pattern(false), 'gi');
      return text.replace(plainPattern, mask);
    },
  };
}

function formsOf(value: string): Forms {
  const words = wordsOf(value);
  const encoded = encodedForms(value);
  return {
    plain: words.length > 0 ? words : [value],
    encoded,
    pattern: (withEncoded) =>
      [...plainForms(value), ...(withEncoded ? encoded.map(encodedPattern) : [])].join('|'),
  };
}

/** Longer values get no pattern of their whole text: compiling it would block the event loop, and the engine refuses one for thousands of characters. */
const longestPattern = 200;
const longestEnd = 60;

/** Finds a long value by its beginning and hides all up to the last occurrence of its end, which may recur in the value; without it, the rest of the text. */
function formsOfLong(value: string): Forms {
  const characters = Array.from(value.normalize('NFC'));
  const first = characters.slice(0, longestEnd).join('');
  const last = characters.slice(-longestEnd).join('');
  const hashes = hashesOf(value);
  return {
    plain: [first],
    encoded: [...encodedForms(first), ...hashes],
    pattern(withEncoded) {
      const formsIn = (end: string) =>
        [...exactForms(end), ...(withEncoded ? encodedForms(end).map(encodedPattern) : [])].join(
          '|',
        );
      const whole = `(?:${formsIn(first)})(?:[^]*(?:${formsIn(last)})|[^]*)`;
      return [whole, ...(withEncoded ? hashes : [])].join('|');
    },
  };
}

const mayHold = (lower: string | undefined, anchors: readonly string[] | undefined): boolean =>
  lower === undefined || !anchors || anchors.some((anchor) => lower.includes(anchor));

/** The longest run of letters and digits in each form, because no encoding changes those; `undefined` if a form has none. */
function anchorsOf(forms: readonly string[]): readonly string[] | undefined {
  const anchors = forms.map(longestWord);
  return anchors.includes('') ? undefined : [...new Set(anchors)];
}

function longestWord(text: string): string {
  let longest = '';
  for (const word of text.split(/\W+/)) if (word.length > longest.length) longest = word;
  return longest.toLowerCase();
}
