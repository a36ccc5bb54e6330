/** The numbers of a company: 14 signs, of which the last two check the others. From July 2026 the first twelve may be capitals as well as digits. */
export function hasCnpjCheckDigits(signs: string): boolean {
  return (
    checkDigit(signs, 12) === signs.charCodeAt(12) - 48 &&
    checkDigit(signs, 13) === signs.charCodeAt(13) - 48
  );
}

/** The weights are 2 to 9, from the right, and again. A capital counts as its place in ASCII less that of the digit 0. */
function checkDigit(signs: string, length: number): number {
  let sum = 0;
  for (let index = 0; index < length; index += 1)
    sum += (signs.charCodeAt(index) - 48) * (2 + ((length - 1 - index) % 8));
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}
