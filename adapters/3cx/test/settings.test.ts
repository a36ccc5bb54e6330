import * as v from 'valibot';
import { expect, it } from 'vitest';
import { ThreeCxSettingsSchema } from '../src/settings.ts';

const parse = (settings: Readonly<Record<string, unknown>>) =>
  v.safeParse(ThreeCxSettingsSchema, { clientId: '8300', apiKey: 'k', ...settings });

it.each([
  ['https://company.3cx.example', 'https://company.3cx.example'],
  ['https://company.3cx.example:5001/', 'https://company.3cx.example:5001'],
])('the address %s is taken', (baseUrl, taken) => {
  expect(parse({ baseUrl }).output).toMatchObject({ baseUrl: taken });
});

it.each([
  'company.3cx.example',
  'company.3cx.example:5001',
  'ftp://company.3cx.example',
  'https://company.3cx.example/webclient/',
  'https://company.3cx.example?a=1',
  'https://user:word@company.3cx.example',
])('the address %s is refused, with an example of a valid one', (baseUrl) => {
  const { issues } = parse({ baseUrl });
  expect(issues?.map(({ message }) => message)).toEqual([
    'write scheme, name and port alone, for example https://company.3cx.example:5001',
  ]);
});

it('the dial form "areaCode" is refused: a number is never dialed as its area code alone', () => {
  const baseUrl = 'https://company.3cx.example';
  expect(parse({ baseUrl, dial: { form: 'areaCode' } }).success).toBe(false);
  expect(parse({ baseUrl, dial: { form: 'e164' } }).success).toBe(true);
});
