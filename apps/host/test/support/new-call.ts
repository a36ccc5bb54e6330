import type { CallStore } from '../../src/calls/call-store.ts';

type NewCall = Parameters<CallStore['begin']>[0];

/** A click2call of extension 1001 about to leave. */
export const newCall = (
  tenant: NewCall['tenant'],
  change: Partial<Omit<NewCall, 'tenant'>> = {},
): NewCall => ({
  attemptId: 'a-1',
  tenant,
  feature: 'click2call',
  connection: 'dialer',
  callId: null,
  queue: '7',
  extension: '1001',
  numberHash: null,
  detail: {},
  ...change,
});
