import { isAreaCode } from './area-code.ts';
import { isPrefixDoubtful } from './doubtful-prefix.ts';
import { normalizePhoneText } from './phone-text.ts';
import { withoutDecimals } from './whole-number.ts';

/** What a text is as a telephone number. Only `mobile`, `fixed` and, if the caller allows it, `ambiguous` numbers are dialed. */
export type PhoneKind =
  | 'mobile'
  | 'fixed'
  /** Eight digits that begin with 7: old trunking radio, or an old mobile number. */
  | 'ambiguous'
  | 'shared'
  | 'tollfree'
  | 'premium'
  | 'special'
  | 'intl'
  | 'invalid'
  | 'empty';

/** What {@link parsePhone} removed, added or assumed. */
export type PhoneFlag =
  | 'trunk_zero_removed'
  | 'carrier_removed'
  | 'intl_prefix_removed'
  | 'ninth_digit_added'
  | 'default_ddd'
  | 'trunking_or_legacy';

/** Why a number is not dialed. */
export type PhoneReason =
  | 'bad_character'
  | 'bad_length'
  | 'collect_call'
  | 'ddd_conflict'
  | 'digits_behind'
  | 'dummy'
  | 'no_area_code'
  | 'not_dialable'
  | 'scientific_notation'
  | 'sip_address'
  | 'two_numbers'
  | 'unknown_area_code'
  | 'unknown_prefix';

/** What a text says as a Brazilian telephone number. */
export interface ParsedPhone {
  readonly kind: PhoneKind;
  /** `+5511987654321`; present for `mobile`, `fixed`, `ambiguous` and `intl`. */
  readonly e164?: string;
  readonly areaCode?: string;
  /** Eight or nine digits, without the area code. */
  readonly number?: string;
  /** An extension written after the number: `ramal 123`. */
  readonly extension?: string;
  readonly flags: readonly PhoneFlag[];
  readonly reason?: PhoneReason;
}

/** What comes with a written number. */
export interface ParsePhoneOptions {
  /** The manual's separate area code column; blank counts as absent. */
  readonly areaCode?: string | undefined;
  /** For numbers that have no area code. */
  readonly defaultAreaCode?: string | undefined;
}

/** A number that may be dialed: what every outbound feature gets. */
export interface DialablePhone {
  readonly kind: 'mobile' | 'fixed' | 'ambiguous';
  /** `+5511987654321` */
  readonly e164: string;
  /** Two digits. */
  readonly areaCode: string;
  /** Eight or nine digits, without the area code. */
  readonly number: string;
}

/**
 * Reads a Brazilian telephone number as people, spreadsheets and telephone systems write it. Total: never throws. Idempotent: parsing the
 * `e164` of a result gives the same number.
 *
 * The length decides what a leading 55 or 0 is; see `docs/numbering.md` of the repository.
 */
export function parsePhone(text: string, options: ParsePhoneOptions = {}): ParsedPhone {
  const written = normalizePhoneText(text);
  if ('reason' in written) return written.reason === 'empty' ? nothing : invalid(written.reason);
  const column = withoutDecimals((options.areaCode ?? '').trim())
    .replace(/\D/g, '')
    .replace(/^0(?=\d\d$)/, '');
  if (options.areaCode !== undefined && options.areaCode.trim() !== '' && !isAreaCode(column)) {
    return invalid('unknown_area_code');
  }
  const parsed = written.plus
    ? parseInternational(written.digits)
    : parseNational(written.digits, column, options.defaultAreaCode);
  if (column !== '' && parsed.areaCode !== undefined && parsed.areaCode !== column)
    return invalid('ddd_conflict');
  if (column === '' && isPrefixDoubtful(written, writtenLength(parsed)))
    return invalid('bad_length');
  return written.extension === undefined ? parsed : { ...parsed, extension: written.extension };
}

/** How many digits were written from the area code on. */
const writtenLength = ({ areaCode = '', number = '', flags }: ParsedPhone): number =>
  areaCode.length + number.length - (flags.includes('ninth_digit_added') ? 1 : 0);

const nothing: ParsedPhone = { kind: 'empty', flags: [] };

function invalid(reason: PhoneReason): ParsedPhone {
  return { kind: 'invalid', flags: [], reason };
}

function parseInternational(digits: string): ParsedPhone {
  if (!digits.startsWith('55')) {
    return digits.length >= 7 && digits.length <= 15 && !digits.startsWith('0')
      ? { kind: 'intl', e164: `+${digits}`, flags: [], reason: 'not_dialable' }
      : invalid('bad_length');
  }
  // People write the trunk zero after the country code: +55 (0XX) ...
  const national = digits.slice(2);
  return national.startsWith('0')
    ? withTrunkZero(national.slice(1), ['intl_prefix_removed', 'trunk_zero_removed'])
    : parseSubscriberWithAreaCode(national, []);
}

function parseNational(
  digits: string,
  column: string,
  defaultAreaCode: string | undefined,
): ParsedPhone {
  const special = specialNumber(digits);
  if (special) return special;
  if (/^90(?:90|\d\d[1-9][1-9])/.test(digits) && digits.length >= 12)
    return invalid('collect_call');
  if (digits.startsWith('00')) return parseInternationalPrefix(digits.slice(2));
  if (digits.length === 8 || digits.length === 9) {
    if (digits.startsWith('0')) return invalid('bad_length');
    if (column !== '') return parseSubscriberWithAreaCode(column + digits, []);
    if (defaultAreaCode === undefined) return invalid('no_area_code');
    return parseSubscriberWithAreaCode(defaultAreaCode + digits, ['default_ddd']);
  }
  if (digits.startsWith('0')) return withTrunkZero(digits.slice(1), ['trunk_zero_removed']);
  if (digits.length === 10 || digits.length === 11) return parseSubscriberWithAreaCode(digits, []);
  if (digits.length === 12 || digits.length === 13) {
    return digits.startsWith('55')
      ? parseSubscriberWithAreaCode(digits.slice(2), ['intl_prefix_removed'])
      : invalid('unknown_prefix');
  }
  return invalid('bad_length');
}

/** `00`, an optional carrier code, then 55 and the number. */
function parseInternationalPrefix(digits: string): ParsedPhone {
  const flags: PhoneFlag[] = ['intl_prefix_removed'];
  if (digits.startsWith('55') && (digits.length === 12 || digits.length === 13)) {
    return parseSubscriberWithAreaCode(digits.slice(2), flags);
  }
  if (digits.slice(2).startsWith('55') && (digits.length === 14 || digits.length === 15)) {
    return parseSubscriberWithAreaCode(digits.slice(4), [...flags, 'carrier_removed']);
  }
  return invalid('unknown_prefix');
}

/** What follows the trunk zero: the number with its area code, with or without a two-digit carrier code in front. */
function withTrunkZero(digits: string, flags: readonly PhoneFlag[]): ParsedPhone {
  if (digits.length === 10 || digits.length === 11)
    return parseSubscriberWithAreaCode(digits, flags);
  if (digits.length === 12 || digits.length === 13) {
    return parseSubscriberWithAreaCode(digits.slice(2), [...flags, 'carrier_removed']);
  }
  return invalid('bad_length');
}

function parseSubscriberWithAreaCode(digits: string, flags: readonly PhoneFlag[]): ParsedPhone {
  const areaCode = digits.slice(0, 2);
  const subscriber = digits.slice(2);
  if (!isAreaCode(areaCode)) return invalid('unknown_area_code');
  if (/^(\d)\1+$/.test(subscriber)) return invalid('dummy');
  if (/^9\d{8}$/.test(subscriber)) return found('mobile', areaCode, subscriber, flags);
  if (/^[2-5]\d{7}$/.test(subscriber)) return found('fixed', areaCode, subscriber, flags);
  if (/^[689]\d{7}$/.test(subscriber)) {
    // From before the ninth digit, which every mobile number has had since November 2016.
    return found('mobile', areaCode, `9${subscriber}`, [...flags, 'ninth_digit_added']);
  }
  if (/^7\d{7}$/.test(subscriber))
    return found('ambiguous', areaCode, subscriber, [...flags, 'trunking_or_legacy']);
  return invalid('bad_length');
}

function found(
  kind: DialablePhone['kind'],
  areaCode: string,
  number: string,
  flags: readonly PhoneFlag[],
): ParsedPhone {
  return { kind, e164: `+55${areaCode}${number}`, areaCode, number, flags };
}

/** Numbers that do not belong to people. */
function specialNumber(digits: string): ParsedPhone | undefined {
  // None is as long as a number with its area code, except those with a trunk zero.
  if (digits.length > 9 && !digits.startsWith('0')) return undefined;
  const refused = (kind: PhoneKind): ParsedPhone => ({ kind, flags: [], reason: 'not_dialable' });
  if (/^1\d{2}$/.test(digits) || digits.length === 3) return refused('special');
  if (/^0800\d{6,7}$/.test(digits)) return refused('tollfree');
  if (/^030[03]\d{6,7}$/.test(digits)) return refused('shared');
  if (/^0[59]00\d{6,7}$/.test(digits)) return refused('premium');
  if (/^(?:400\d|300\d|4020|4370|4864)\d{4}$/.test(digits)) return refused('shared');
  return undefined;
}

/** The number of a parsed text, if it may be dialed; an `ambiguous` number only with `allowAmbiguous`. */
export function dialablePhone(
  parsed: ParsedPhone,
  options: { readonly allowAmbiguous?: boolean | undefined } = {},
): DialablePhone | undefined {
  const { kind, e164, areaCode, number } = parsed;
  if (kind !== 'mobile' && kind !== 'fixed' && !(kind === 'ambiguous' && options.allowAmbiguous))
    return undefined;
  if (e164 === undefined || areaCode === undefined || number === undefined) return undefined;
  return { kind, e164, areaCode, number };
}

const explanations: Readonly<Record<PhoneReason, string>> = {
  bad_character: 'it has characters that no telephone number has; send digits only',
  bad_length:
    'it has too few or too many digits, or begins with a digit that no Brazilian number begins with',
  collect_call: 'it begins with the prefix of a collect call (90); remove the prefix',
  ddd_conflict:
    'it brings an area code that differs from the separate one; send the area code once',
  digits_behind:
    'more digits follow a whole number; write the area code in front, a branch as "ramal 12", and a second number in its own field',
  dummy: 'all its digits are the same',
  no_area_code: 'it has no area code; send the two digits of the DDD',
  not_dialable:
    'it is not the number of a person (emergency, toll-free, shared cost, premium or foreign)',
  scientific_notation:
    'a spreadsheet turned it into a number such as 1.19E+10; format the column as text',
  sip_address: 'it is a SIP address, not a telephone number',
  two_numbers: 'there are two numbers in one field; send each in its own',
  unknown_area_code: 'its area code (DDD) does not exist',
  unknown_prefix: 'it begins with digits that are neither 55 nor a trunk prefix',
};

/** Why a number cannot be used and what to do, for people. Does not repeat the number. */
export function explainPhoneReason(reason: PhoneReason): string {
  return explanations[reason];
}

export const phoneForms = ['e164', 'national', 'withZero', 'areaCode', 'number'] as const;
/** How {@link formatPhone} writes a number. */
export type PhoneForm = (typeof phoneForms)[number];

/**
 * A number in the form that a vendor wants.
 *
 * `e164` +5511987654321 · `national` 11987654321 · `withZero` 011987654321 · `areaCode` 11 · `number` 987654321. `withoutNinthDigit` is for telephone systems
 * from before 2016.
 */
export function formatPhone(
  phone: Pick<DialablePhone, 'areaCode' | 'number'>,
  form: PhoneForm,
  options: { readonly withoutNinthDigit?: boolean | undefined } = {},
): string {
  const number =
    options.withoutNinthDigit && phone.number.length === 9 ? phone.number.slice(1) : phone.number;
  const forms: Readonly<Record<PhoneForm, string>> = {
    e164: `+55${phone.areaCode}${number}`,
    national: `${phone.areaCode}${number}`,
    withZero: `0${phone.areaCode}${number}`,
    areaCode: phone.areaCode,
    number,
  };
  return forms[form];
}
