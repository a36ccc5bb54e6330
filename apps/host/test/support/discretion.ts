/** What is planted wherever personal or secret data goes in, so that it can be looked for wherever something comes out. */
export const planted = {
  token: 'vendor-token',
  name: 'Plantada Devedora',
  cpf: '52998224725',
  areaCode: '41',
  number: '999998888',
} as const;

const forms: readonly RegExp[] = [
  /vendor-token/,
  /dmVuZG9yLXRva2Vu/,
  /Plantada(?: |\+|%20)Devedora/i,
  /529\.?982\.?247-?25/,
  // Not the decimals of a metric, which have these digits now and then.
  /(?<!\d\.\d*)99999[- ]?8888/,
];

/** The planted values that a text holds, in any form: none, where all is well. */
export function foundIn(text: string): string[] {
  return forms.flatMap((form) => form.exec(text)?.[0] ?? []);
}
