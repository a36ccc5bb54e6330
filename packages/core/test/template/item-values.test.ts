import { expect, it } from 'vitest';
import { itemWriter } from '../../src/template/loads/item-values.ts';
import { itemsOf } from '../../src/template/loads/phone-values.ts';

const ana = {
  contactId: '7001',
  name: 'Ana',
  cpf: '52998224725',
  phones: [
    { areaCode: '41', number: '999998888' },
    { areaCode: '11', number: '33334444' },
  ],
  parameters: { debt: '12' },
};
const names = [1, 2, 3, 4, 5].flatMap((n) => [`areaCode${n}`, `number${n}`, `phone${n}`]);
const all = ['contactId', 'name', 'cpf', 'parameters', 'phones[0]', ...names];
const ofPhone = ['areaCode', 'number', 'phone', 'national', 'index'];

it.each(['contacts', 'phones'] as const)('itemWriter writes what itemsOf gives: %s', (count) => {
  const set = itemWriter(count === 'phones' ? [...all, ...ofPhone] : all);
  const values = {};
  const others = itemsOf(ana, count).map((_, place) => {
    set(values, ana, place);
    return { ...values };
  });
  expect(others).toEqual(itemsOf(ana, count));
});

it('itemWriter leaves no value of the previous contact', () => {
  const set = itemWriter(['number2', 'parameters']);
  const values: Record<string, unknown> = { queue: '7' };
  set(values, ana, 0);
  expect(values).toEqual({ queue: '7', number2: '33334444', parameters: { debt: '12' } });
  set(values, { contactId: '7002', name: '', cpf: '', phones: [] }, 0);
  expect(values).toEqual({ queue: '7', number2: undefined, parameters: {} });
});
