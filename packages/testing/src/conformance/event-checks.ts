import { AnsweredCallSchema, TelephonyError } from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import { adapterOf, demand, demandForm, has, type ConformanceCheck } from './check.ts';

const address = 'https://host.example/callbacks/test/test';

/** What reaches an open address besides events. */
const nonsense: readonly (() => Request)[] = [
  () => new Request(address),
  () => new Request(address, { method: 'POST', body: '<!doctype html><p>Manutencao</p>' }),
  () => new Request(address, { method: 'POST', body: '{"event": "answ' }),
  () => new Request(address, { method: 'POST', body: 'null' }),
];

/** The rules of what a vendor tells. */
export const eventChecks: readonly ConformanceCheck[] = [
  {
    name: 'answeredCall reads the event that the vendor sends',
    applies: has('answeredCall'),
    async run(subject, vendor) {
      const request = vendor.answeredEvent?.();
      if (request === undefined) return;
      const { answeredCall } = adapterOf(subject, vendor).features;
      const { events = [] } = (await answeredCall?.(request, createTestContext())) ?? {};
      demand(events.length > 0, 'it read no event');
      for (const event of events) demandForm(AnsweredCallSchema, event, 'an event');
    },
  },
  {
    name: 'answeredCall takes nothing else for an event',
    applies: has('answeredCall'),
    async run(subject, vendor) {
      const { answeredCall } = adapterOf(subject, vendor).features;
      for (const request of nonsense) {
        const told = await answeredCall?.(request(), createTestContext()).then(
          ({ events }) => `${events.length} events`,
          (thrown: unknown) => (TelephonyError.isInstance(thrown) ? thrown.code : thrown),
        );
        demand(
          told === '0 events' || told === 'invalid_input' || told === 'auth_failed',
          `what is no event ends in ${String(told)}, not in invalid_input, auth_failed or no events`,
        );
      }
    },
  },
];
