import { parsePhone, type Contact } from '@finaz-telephony/core';
import {
  ContactSchema,
  explainPhoneReason,
  issueMessage,
  parseCpf,
  dialablePhone,
  type CpfReason,
} from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { KeptParametersSchema } from '../../lost-keys.ts';

/** Why a row, or one of its numbers, was not taken. */
export const rejectReasons = [
  'unreadable',
  'invalid_contact',
  'invalid_cpf',
  'invalid_phone',
  'repeated_phone',
  'too_many_phones',
  'no_phone',
  'duplicate',
  'do_not_call',
  'already_worked',
  'attempts_per_day',
] as const;
export type RejectReason = (typeof rejectReasons)[number];

export interface Reject {
  readonly reason: RejectReason;
  /** An explanation for people, without personal data. */
  readonly message: string;
  /** Only for a row, and only if its contact id could be read. */
  readonly contactId?: string;
}

/** A number of a contact that may be dialed. */
export interface CheckedPhone {
  readonly e164: string;
  readonly areaCode: string;
  readonly number: string;
  /** Position among the phones of the row, from 1. */
  readonly place: number;
}

export interface CheckedContact {
  readonly contact: Contact;
  readonly phones: readonly CheckedPhone[];
  /** Numbers that were left out; the contact itself is taken. */
  readonly dropped: readonly Reject[];
}

const text = (maxLength: number) =>
  v.pipe(
    v.union([
      v.string(),
      v.pipe(v.number(), v.safeInteger('a number above 2^53 must be sent as text')),
    ]),
    v.transform(String),
    v.maxLength(maxLength),
  );

/** `1,23457E+12`: the remaining digits are lost, so contacts whose ids begin alike would share one id. */
const isOfSpreadsheet = (id: string): boolean => /^\s*\d(?:[.,]\d+)?e\+\d+\s*$/i.test(id);

/** Characters in a cell of a phone: enough that a note written beside one number does not cost the contact its other numbers. */
const longestCell = 1024;

/** Many programs write null for values that a contact lacks. */
const withoutNulls = (parameters: unknown): unknown =>
  typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters)
    ? Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null))
    : parameters;

/** A contact as it came: ids may be numbers, phones are not checked yet, and there may be more than five. */
const IncomingContactSchema = v.object({
  contactId: v.pipe(
    text(128),
    v.check(
      (id) => !isOfSpreadsheet(id),
      'a spreadsheet turned it into a number such as 1.23E+12, without its last digits; format the column as text, or as a number without decimals',
    ),
    ContactSchema.entries.contactId,
  ),
  name: v.optional(v.nullable(text(256)), ''),
  cpf: v.optional(v.nullable(text(32)), ''),
  phones: v.optional(
    v.pipe(
      v.array(
        v.object({
          areaCode: v.optional(v.nullable(text(longestCell)), ''),
          number: v.optional(v.nullable(text(longestCell)), ''),
        }),
      ),
      v.maxLength(20, 'a contact has at most five phones'),
    ),
    [],
  ),
  parameters: v.nullish(
    v.pipe(v.unknown(), v.transform(withoutNulls), KeptParametersSchema),
    () => undefined,
  ),
});

const cpfReasons: Readonly<Record<CpfReason, string>> = {
  empty: 'it is empty',
  bad_character: 'it has characters other than digits',
  bad_length: 'it does not have 11 digits',
  cnpj: 'it has 14 digits, so it is the CNPJ of a company; leave it out, or send it as a parameter',
  scientific_notation:
    'a spreadsheet turned it into a number such as 1.23E+10, without its last digits; format the column as text',
  lost_leading_zero: 'it has ten digits: a spreadsheet has removed its leading zero',
  all_equal: 'all its digits are the same',
  check_digits: 'its check digits are wrong',
};

const mostPhones = 5;

/** Checks one row of a mailing. A bad number is left out; a contact without any good one cannot be called, and is rejected. */
export function readContact(row: unknown): CheckedContact | Reject {
  // The schema would take a list for an object, and call its fields missing.
  if (Array.isArray(row)) {
    return {
      reason: 'invalid_contact',
      message: 'the row cannot be used: must be an object, and is a list',
    };
  }
  const parsed = v.safeParse(IncomingContactSchema, row);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const place = v.getDotPath(issue);
    return {
      reason: 'invalid_contact',
      message: `${place ?? 'the row'} ${issue.received === 'undefined' ? 'is missing' : `cannot be used: ${issueMessage(issue)}`}`,
    };
  }
  const { contactId, name, cpf, phones: written, parameters } = parsed.output;
  const checkedCpf = cpf === null || cpf.trim() === '' ? undefined : parseCpf(cpf);
  if (checkedCpf && !checkedCpf.valid) {
    return {
      reason: 'invalid_cpf',
      contactId,
      message: `the CPF cannot be used: ${cpfReasons[checkedCpf.reason]}`,
    };
  }
  const { phones, dropped } = readPhones(written);
  if (phones.length === 0) {
    return {
      reason: 'no_phone',
      contactId,
      message: dropped[0] ? `no number can be dialed: ${dropped[0].message}` : 'it has no number',
    };
  }
  return {
    contact: {
      contactId,
      name: name?.trim() ?? '',
      cpf: checkedCpf?.digits ?? '',
      phones: phones.map(({ areaCode, number }) => ({ areaCode, number })),
      ...(parameters && { parameters }),
    },
    phones,
    dropped,
  };
}

type WrittenPhone = v.InferOutput<typeof IncomingContactSchema>['phones'][number];

function readPhones(written: readonly WrittenPhone[]): {
  readonly phones: readonly CheckedPhone[];
  readonly dropped: readonly Reject[];
} {
  const phones: CheckedPhone[] = [];
  const dropped: Reject[] = [];
  const drop = (index: number, reason: RejectReason, what: string) =>
    dropped.push({ reason, message: `phone ${index + 1} ${what}` });
  for (const [index, { areaCode, number }] of written.entries()) {
    const parsed = parsePhone(number ?? '', { areaCode: areaCode ?? '' });
    if (parsed.kind === 'empty') continue;
    const phone = dialablePhone(parsed);
    if (!phone) {
      drop(
        index,
        'invalid_phone',
        parsed.reason
          ? `cannot be dialed: ${explainPhoneReason(parsed.reason)}`
          : `cannot be dialed: it is of the kind "${parsed.kind}"`,
      );
    } else if (phones.some(({ e164 }) => e164 === phone.e164)) {
      drop(index, 'repeated_phone', 'is the same as another phone of the contact');
    } else if (phones.length >= mostPhones) {
      drop(index, 'too_many_phones', 'is one too many: a contact has at most five');
    } else {
      const { e164, areaCode: code, number: digits } = phone;
      phones.push({ e164, areaCode: code, number: digits, place: index + 1 });
    }
  }
  return { phones, dropped };
}
