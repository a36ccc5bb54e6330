import type { FeatureName } from '@finaz-telephony/core';
import type { DraftNotes } from './draft-notes.ts';
import { fieldKind } from '../../exchanges/field-names.ts';
import { expressionByName } from './expression-by-name.ts';
import { phoneAsWritten } from './phone-expression.ts';
import { isSample, plainName, type Slot } from './slot.ts';
import { contactCpf, destination } from './value-expressions.ts';
import { isWrittenCpf, writtenPhone } from './value-forms.ts';

/** Replaces values that change with each call by expressions, based on field names and formats. */
export function recogniseValues(
  feature: FeatureName,
  slots: readonly Slot[],
  notes: DraftNotes,
): void {
  if (feature === 'answeredCall') return;
  const open = slots.filter(({ template }) => template === undefined);
  const used = new Set<string>();
  for (const slot of open) {
    // A path segment without a digit is a word of the address, not a value.
    if (slot.place === 'url' && !isSample(slot) && !/\d/.test(slot.value)) continue;
    const expression = expressionByName(feature, slot, slots);
    if (expression !== undefined) put(slot, expression, notes, used);
  }
  for (const slot of open.filter(({ template }) => template === undefined)) {
    const same = nameWithin(slot, open);
    if (same) put(slot, same, notes, used);
    else byForm(feature, slot, notes, used);
  }
  if (feature === 'contactLoad') tellConstants(open, notes);
  tellMissing(feature, slots, notes);
}

/** The values without which every use of a feature would repeat the command, for the same person. */
const needed: { readonly [feature in FeatureName]?: readonly [values: RegExp, words: string] } = {
  click2call: [/\{\{ (?:phone|number)\b/, 'number to call ({{ areaCode }}{{ number }})'],
  transfer: [/\{\{ destination\b/, 'destination ({{ destination }})'],
  recording: [/\{\{ callId\b/, 'id of the call ({{ callId }})'],
  dialerResults: [/\{\{ from\b/, 'beginning of the period ({{ from }})'],
};

function tellMissing(feature: FeatureName, slots: readonly Slot[], notes: DraftNotes): void {
  const [values, words] = needed[feature] ?? [];
  if (!values || slots.some(({ template }) => values.test(template ?? ''))) return;
  notes.warn(
    `${feature}: nothing in the command was recognised as the ${words}, so every request would have the same one; put the expression in its place`,
  );
}

/** A person's name may occur in several places, some of whose names do not say so: equal values get the same expression. */
function nameWithin({ value }: Slot, slots: readonly Slot[]): string | undefined {
  if (!value.includes(' ')) return undefined;
  const same = slots.find((slot) => slot.value === value && /\bname\b/.test(slot.template ?? ''));
  return /\{\{ (?:item\.)?((?:parameters\.)?name(?: \| default: "")?)/.exec(
    same?.template ?? '',
  )?.[1];
}

/** Warns of values that were not recognised: they would be loaded unchanged with every contact. */
function tellConstants(slots: readonly Slot[], notes: DraftNotes): void {
  const constant = slots.filter(
    ({ template, place, value }) =>
      template === undefined && place.startsWith('body') && value !== '',
  );
  if (constant.length > 0)
    notes.warn(
      `the same for every contact unless you change it: ${constant.map(({ place }) => place).join(', ')}; write {{ parameters.NAME | default: "" }} for what differs`,
    );
}

function put(slot: Slot, expression: string, notes: DraftNotes, used: Set<string>): void {
  // A file extension is not part of the call's id.
  const end =
    expression === 'callId'
      ? (/\.(?:wav|mp3|ogg|gsm|opus|aac|flac)$/i.exec(slot.value)?.[0] ?? '')
      : '';
  const filters = `${slot.isNumber ? ' | number' : ''}${slot.filter === undefined ? '' : ` | ${slot.filter}`}`;
  const single = slot.isNumber
    ? expression.replace(/^areaCode(\d?) \}\}\{\{ number\1$/, joined)
    : expression;
  const written = `{{ ${single}${filters} }}${end}`;
  slot.template = slot.isInItem === true ? ofItem(written) : written;
  used.add(/^\w+/.exec(expression)?.[0] ?? '');
  notes.recognised.push({ place: slot.place, value: slot.value, template: slot.template });
}

/** In a batch, a contact's fields are read from `item`. */
const ofItem = (template: string): string =>
  template.replaceAll(/\{\{ (?=(?:contactId|name|cpf|phones|areaCode\d|number\d)\b)/g, '{{ item.');

/** A JSON number can hold a single expression only, so area code and number are joined in it. */
const joined = (_: string, index: string) =>
  index === ''
    ? 'phone | phone: "national"'
    : `phones | at: "${Number(index) - 1}.phone" | phone: "national"`;

function byForm(feature: FeatureName, slot: Slot, notes: DraftNotes, used: Set<string>): void {
  const phone = writtenPhone(slot.value);
  if (feature === 'click2call') {
    if (phone && !used.has('phone') && !used.has('areaCode'))
      put(slot, phoneAsWritten(phone, ''), notes, used);
    else if (/^\d{3,5}$/.test(slot.value) && !used.has('extension') && !slot.isNumber) {
      put(slot, 'extension', notes, used);
      notes.warn(`${slot.place}: taken for the extension because of its form; check that it is`);
    }
  }
  if (feature === 'transfer' && phone && !used.has('destination'))
    put(slot, destination(slot), notes, used);
  if (feature === 'recording' && !used.has('callId') && isLikeId(slot)) {
    put(slot, 'callId', notes, used);
    notes.warn(`${slot.place}: taken for the id of the call because of its form; check that it is`);
  }
  if (feature === 'contactLoad') {
    if (isWrittenCpf(slot.value)) put(slot, contactCpf(slot), notes, used);
    else if (phone) put(slot, phoneAsWritten(phone, nextPhone(notes)), notes, used);
  }
  if (slot.template === undefined) keepPrivate(feature, slot, phone !== undefined, notes, used);
}

/** Treats values that nothing else recognised, but whose form or name says that they are a person's data. */
function keepPrivate(
  feature: FeatureName,
  slot: Slot,
  isPhone: boolean,
  notes: DraftNotes,
  used: Set<string>,
): void {
  const [own = ''] = slot.names;
  const isPersonal =
    isWrittenCpf(slot.value) ||
    /^[^@\s]+@[^@\s]+\.\w+$/.test(slot.value) ||
    (feature === 'contactLoad' && slot.value !== '' && fieldKind(own) === 'personal');
  const name = plainName(own);
  if (isPersonal && /^\w+$/.test(name) && feature !== 'recording') {
    put(slot, `parameters.${name} | default: ""`, notes, used);
    notes.warn(
      `${slot.place}: is personal data by its name or form, so the caller has to send it as parameters.${name}`,
    );
  } else if (isPhone || isPersonal) {
    notes.warn(
      `${slot.place}: is in the document as it was in the command; if it is personal data, write an expression instead`,
    );
  }
}

/** Position for the next phone. A number left in the document would be loaded with every contact. */
function nextPhone({ recognised }: DraftNotes): number {
  const taken = recognised.map(({ template }) => {
    const [, areaCode, position] = /areaCode(\d)|at: "(\d)\.phone"/.exec(template) ?? [];
    return position === undefined ? Number(areaCode ?? 0) : Number(position) + 1;
  });
  return Math.min(Math.max(0, ...taken) + 1, 5);
}

const isLikeId = ({ place, value }: Slot) =>
  /^(?:url|query|body)/.test(place) && /\d/.test(value) && value.length >= 6;
