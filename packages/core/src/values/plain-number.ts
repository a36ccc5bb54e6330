/** A number as an answered call has it: its digits and a leading plus, without the host of a SIP address. Empty if there is no digit in it. */
export function plainNumber(text: string): string {
  const plain = text.replace(/@.*/s, '').replace(/(?!^\+)\D/g, '');
  return plain === '+' ? '' : plain;
}
