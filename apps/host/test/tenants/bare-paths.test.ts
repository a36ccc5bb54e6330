import { expect, it } from 'vitest';
import { barePaths } from '../../src/tenants/bare-paths.ts';

const placesOf = (settings: unknown) => barePaths(settings).map(({ path }) => path.join('.'));

it.each([
  [{ capture: { callId: 'reply.data.uuid' } }, 'capture.callId'],
  [{ capture: { callId: 'reply["id"]' } }, 'capture.callId'],
  [{ fields: { number: 'row.phone | digits' } }, 'fields.number'],
  [{ file: { columns: [{ value: 'parameters.contrato' }] } }, 'file.columns.0.value'],
  [{ request: { body: { json: { token: 'variables.token' } } } }, 'request.body.json.token'],
])('a path that is written without braces is found: %j', (settings, place) => {
  expect(placesOf(settings)).toEqual([place]);
});

it.each([
  { capture: { callId: '{{ reply.id }}' } },
  { rows: 'reply.data', repeat: { until: 'reply.done' }, outcome: [{ when: 'reply.ok' }] },
  { request: { body: { json: { $each: 'captures.list', $item: {} } } } },
  { request: { body: { json: { file: 'contacts.json', note: 'reply. Thanks.' } } } },
  { file: { name: 'parameters.csv' } },
])('no path without braces is found in %j', (settings) => {
  expect(placesOf(settings)).toEqual([]);
});
