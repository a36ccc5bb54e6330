import { styleText } from 'node:util';
import type { DemoPart } from './demo-part.ts';
import { openEventStream } from './event-stream.ts';

/** An operator's calls: one placed, one answered, a recording, a transfer, and all that is known of a call. */
export async function showCalls(part: DemoPart): Promise<void> {
  const { tenant, step } = part;
  const call = await tenant<{ callId: string }>('/calls', {
    method: 'POST',
    body: { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' },
    headers: { 'Idempotency-Key': `demo-${Date.now()}` },
  });
  step(
    'click2call',
    `extension 1001 rings, the telephone system calls it ${styleText('cyan', call.callId)}`,
  );

  await showAnsweredCall(part);

  const recording = await tenant.raw(`/recordings/${call.callId}`, { responseType: 'arrayBuffer' });
  step(
    'recording',
    `${recording._data?.byteLength ?? 0} bytes of ${recording.headers.get('content-type')}`,
  );

  const transfer = await tenant<{ status: string }>('/transfers', {
    method: 'POST',
    body: { queue: '7', extension: '1001', destination: '4133330000' },
  });
  step('transfer', `${transfer.status}: the call of 1001 goes to another number`);

  const { entries } = await tenant<{ entries: { at: string; kind: string }[] }>(
    `/calls/${call.callId}`,
  );
  step(
    'timeline',
    `${entries.length} things are known of ${call.callId}: ${entries.map((entry) => entry.kind).join(', ')}`,
  );
}

/** The dialer has called somebody, and 1002 has answered. */
async function showAnsweredCall({ tenantUrl, key, vendor, step }: DemoPart): Promise<void> {
  const stream = await openEventStream(`${tenantUrl}/events?extension=1002`, key);
  const status = await vendor.sendAnsweredEvent({
    contactId: '7001',
    number: '41988887777',
    callId: `dialer-${Date.now()}`,
    extension: '1002',
  });
  const event = await stream.next();
  stream.close();
  step(
    'answered call',
    `told by the telephone system (${status}), on the screen of 1002: contact ${event.contactId}, call ${event.callId}`,
  );
}
