/**
 * Whether the two characters after the first `length` are the check digits of those before them, as in CPF and CNPJ: modulo 11, with weights from 2 up to `mostWeight`, from the right, applied twice.
 * A capital letter counts as its ASCII code minus that of the digit 0.
 */
export function hasCheckDigits(signs: string, length: number, mostWeight: number): boolean {
  return (
    checkDigit(signs, length, mostWeight) === signs.charCodeAt(length) - 48 &&
    checkDigit(signs, length + 1, mostWeight) === signs.charCodeAt(length + 1) - 48
  );
}

function checkDigit(signs: string, length: number, mostWeight: number): number {
  let sum = 0;
  for (let index = 0; index < length; index += 1)
    sum += (signs.charCodeAt(index) - 48) * (2 + ((length - 1 - index) % (mostWeight - 1)));
  return ((sum * 10) % 11) % 10;
}
