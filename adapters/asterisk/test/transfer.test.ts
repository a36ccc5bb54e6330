import type { TransferInput } from '@finaz-telephony/core';
import { expect, it } from 'vitest';
import { transfer } from '../src/features/transfer.ts';
import { entryOf, fakeAsterisk, refusal, settings, valueOf } from './fake-asterisk.ts';

interface Server {
  /** The channels of the operator's phone, each with the id by which the dialplan knows its call. */
  readonly channels?: Readonly<Record<string, string>>;
  /** The channels that are connected to each other. */
  readonly bridges?: readonly (readonly string[])[];
  /** The state of the phone that is the destination. */
  readonly phone?: 'online' | 'offline';
  readonly hasContext?: boolean;
  readonly transferred?: string;
  /** What the dialplan writes of the call to the destination. */
  readonly written?: string | undefined;
  /** The action of the manager interface that a proxy answers with a page of its own. */
  readonly broken?: string;
  /** ARI is out of reach. */
  readonly isDown?: boolean;
}

function asteriskWith({
  channels = { 'PJSIP/1001-1': 'c2c-1' },
  bridges = [['PJSIP/1001-1', 'PJSIP/trunk-1']],
  phone,
  hasContext = true,
  transferred = 'Response: Success\r\nMessage: Transfer succeeded\r\n\r\n',
  written,
  broken,
  isDown = false,
}: Server) {
  return fakeAsterisk({
    ari(_method, path) {
      if (isDown) return new Response('', { status: 504 });
      if (path === '/bridges') return Response.json(bridges.map((ids) => ({ channels: ids })));
      if (path === '/endpoints/PJSIP/1001')
        return Response.json({ state: 'online', channel_ids: Object.keys(channels) });
      if (path === '/endpoints/PJSIP/1002')
        return phone && Response.json({ state: phone, channel_ids: [] });
      for (const [channel, value] of Object.entries(channels))
        if (path.startsWith(`/channels/${encodeURIComponent(channel)}/variable`))
          return Response.json({ value });
      return undefined;
    },
    ami(action) {
      const name = action.get('Action');
      if (name === broken) return '<h1>Manutencao</h1>';
      if (name === 'BlindTransfer') return transferred;
      if (name === 'Getvar') return valueOf(hasContext ? '1' : '0');
      if (name === 'DBGet')
        return written === undefined ? refusal('Database entry not found') : entryOf(written);
      return undefined;
    },
  });
}

const input: TransferInput = {
  queue: '7',
  extension: '1001',
  destination: '41987654321',
  callId: null,
  parameters: {},
  attemptId: 'a-1',
};

/** A transfer on such a server, and what the server was asked to do. */
function transferOn(server: Server, changes: Partial<TransferInput> = {}) {
  const { context, done } = asteriskWith(server);
  return { told: transfer(settings)({ ...input, ...changes }, context), done };
}

const toNumber = (channel: string) => `BlindTransfer ${channel} finaz-transfere 41987654321`;
const two: Server = {
  channels: { 'PJSIP/1001-1': 'c2c-1', 'PJSIP/1001-2': 'c2c-2' },
  bridges: [
    ['PJSIP/1001-1', 'PJSIP/trunk-1'],
    ['PJSIP/1001-2', 'PJSIP/trunk-2'],
  ],
};

it.each([
  ['the only one', {}, { callId: null }, 'c2c-1', 'PJSIP/1001-1'],
  [
    'the only one, though the host knows of another',
    {},
    { callId: 'c2c-9' },
    'c2c-1',
    'PJSIP/1001-1',
  ],
  ['the one that is meant, of two', two, { callId: 'c2c-2' }, 'c2c-2', 'PJSIP/1001-2'],
  [
    'the one whose channel is named',
    two,
    { callId: 'PJSIP/1001-2', isCallNamed: true },
    'c2c-2',
    'PJSIP/1001-2',
  ],
  [
    'the one that talks, beside one that rings',
    { ...two, bridges: [['PJSIP/1001-2', 'PJSIP/trunk-2']] },
    {},
    'c2c-2',
    'PJSIP/1001-2',
  ],
] as const)(
  'of the calls of the operator, a transfer takes %s',
  async (_name, server, changes, callId, channel) => {
    const { told, done } = transferOn(server, changes);
    expect(await told).toEqual({ status: 'accepted', callId });
    // The outcome of an earlier transfer of this call is removed first: it would be read as the outcome of this one.
    expect(done).toEqual([`DBDel finaz/transf ${callId}`, toNumber(channel)]);
  },
);

it.each([
  ['none', { channels: {} }, {}],
  ['one that rings', { bridges: [] }, {}],
  ['one that is alone in a bridge', { bridges: [['PJSIP/1001-1']] }, {}],
  ['another than the one that was named', {}, { callId: 'c2c-9', isCallNamed: true }],
  ['two, and nobody says which', two, {}],
] as const)('no call is transferred if the operator has %s', async (_name, server, changes) => {
  const { told, done } = transferOn(server, changes);
  await expect(told).rejects.toMatchObject({ code: 'refused' });
  expect(done).toEqual([]);
});

it.each([
  [
    'a number that the dialplan has no context for',
    { hasContext: false },
    '41987654321',
    'invalid_config',
  ],
  ['a phone that is off', { phone: 'offline' }, '1002', 'refused'],
  [
    'a number abroad, which is another one here without its "+"',
    { hasContext: false },
    '+4915112345678',
    'invalid_input',
  ],
] as const)(
  'no call is transferred to %s: the customer would be dropped',
  async (_name, server, destination, code) => {
    const { told, done } = transferOn(server, { destination });
    await expect(told).rejects.toMatchObject({ code });
    expect(done).toEqual([]);
  },
);

it('a transfer that Asterisk refuses is refused in the words of Asterisk', async () => {
  const { told } = transferOn({ transferred: refusal('No such channel') });
  await expect(told).rejects.toMatchObject({
    code: 'refused',
    vendor: { message: 'No such channel' },
  });
});

it.each([
  ['that is out of reach before anything was handed over', { isDown: true }, 'not_sent'],
  ['that cannot say whether the destination exists', { broken: 'Getvar' }, 'not_sent'],
  ['whose answer to the transfer is lost', { broken: 'BlindTransfer' }, 'unknown'],
] as const)(
  'a transfer that fails says whether it may have happened: on a server %s',
  async (_name, server, delivery) => {
    await expect(transferOn(server).told).rejects.toMatchObject({ delivery });
  },
);

it.each([
  [
    'has answered',
    { written: 'c2c-1|1795521600|ANSWER' },
    { outcome: 'answered', vendorStatus: 'ANSWER' },
  ],
  ['still rings', { written: 'c2c-1|1795521600|CHAMANDO' }, { vendorStatus: 'CHAMANDO' }],
  ['cannot be asked after', { broken: 'DBGet' }, {}],
] as const)(
  'a transfer is accepted with what is known of its destination, which %s',
  async (_name, server, outcome) => {
    expect(await transferOn(server).told).toEqual({
      status: 'accepted',
      callId: 'c2c-1',
      ...outcome,
    });
  },
);
