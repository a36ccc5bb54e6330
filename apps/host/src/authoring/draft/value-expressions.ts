import { phoneAsWritten, phoneInParts, type AreaCodePlace } from './phone-expression.ts';
import { placeNames } from './place-names.ts';
import { isSample, plainName, type Slot } from './slot.ts';
import { isWrittenCpf, writtenMoment, writtenPhone } from './value-forms.ts';

/** Position of a phone, from 1 to 5: the number in its name (`telefone2`), or its position in a list. */
export function indexOf({ names, index }: Slot): number {
  const said = names.map((name) => /(\d)\D*$/.exec(name)?.[1]).find((digit) => digit !== undefined);
  const number = said === undefined ? (index ?? 0) + 1 : Number(said);
  return Math.min(Math.max(number, 1), 5);
}

const areaCodePlace = (all: readonly Slot[]): AreaCodePlace =>
  all.some(({ names }) => placeNames.areaCode.test(plainName(names[0] ?? '')))
    ? 'elsewhere'
    : 'in the number';

export function numberToCall(slot: Slot, all: readonly Slot[]): string | undefined {
  const phone = writtenPhone(slot.value);
  if (phone) return phoneAsWritten(phone, '');
  if (isSample(slot)) return phoneInParts('', areaCodePlace(all));
  return /^[2-9]\d{7,8}$/.test(slot.value) ? 'number' : undefined;
}

export function contactNumber(slot: Slot, all: readonly Slot[]): string {
  const index = indexOf(slot);
  const phone = writtenPhone(slot.value);
  return phone ? phoneAsWritten(phone, index) : phoneInParts(index, areaCodePlace(all));
}

export function contactCpf({ value }: Slot): string {
  if (isWrittenCpf(value)) return 'cpf | digits | mask: "###.###.###-##"';
  return /^\d+$/.test(value) ? 'cpf | digits' : 'cpf';
}

export function destination(slot: Slot): string {
  const phone = writtenPhone(slot.value);
  if (!phone || phone.form === 'national') return 'destination';
  if (phone.form === 'mask')
    return `destination | phone: "${phone.isInternational ? 'e164' : 'national'}"${phone.isInternational ? ' | digits' : ''} | mask: "${phone.mask}"`;
  return phone.form === 'withZero'
    ? 'destination | phone: "withZero"'
    : `destination | phone: "e164"${phone.form === 'digits' ? ' | digits' : ''}`;
}

export function moment(name: 'from' | 'to', { value }: Slot): string {
  const { format, isAbsolute } = writtenMoment(value) ?? { format: 'iso', isAbsolute: true };
  const isUtc = isAbsolute && format.endsWith('Z');
  return `${name} | date: "${format}"${isUtc ? ', "UTC"' : ''}`;
}
