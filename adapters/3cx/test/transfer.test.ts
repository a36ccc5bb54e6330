import type { TransferInput } from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import { accepted, json, leg, stubPbx, type Answers, callId } from './stub-pbx.ts';

const legs = 'GET /callcontrol/101/participants';
const hand = (id: number) => `POST /callcontrol/101/participants/${id}/transferto`;
const talking = leg({ status: 'Connected' });
const unnamed = leg({ callid: null, status: 'Connected' });
const onHold = leg({ id: 32, callid: 4712, status: 'Connected' });

function transferOf(
  answers: Answers,
  input: Partial<TransferInput> = {},
  settings: Readonly<Record<string, unknown>> = {},
) {
  const pbx = stubPbx(answers, settings);
  const transferred = pbx.adapter.features.transfer?.(
    {
      queue: '7',
      extension: '101',
      destination: '21912345678',
      callId: null,
      parameters: {},
      attemptId: 'a-2',
      ...input,
    },
    pbx.context,
  );
  if (!transferred) throw new Error('there is no transfer');
  return { ...pbx, transferred };
}

describe('a transfer', () => {
  it('takes the connected call, and gives its id', async () => {
    const { transferred, asked } = transferOf(
      { [legs]: json([talking]), [hand(31)]: accepted() },
      { callId },
    );
    expect(await transferred).toEqual({ status: 'accepted', callId, vendorStatus: 'Success' });
    expect(asked.at(-1)).toBe(`${hand(31)} {"destination":"21912345678"}`);
  });

  it('gives another id if the call is not the one that the host knows of', async () => {
    const { transferred } = transferOf(
      { [legs]: json([onHold]), [hand(32)]: accepted() },
      { callId },
    );
    expect(await transferred).toMatchObject({
      callId: expect.stringMatching(/^0\.4712-[a-p]{8}-101$/),
    });
  });

  it('gives no call id if 3CX names no call: another call than the one that the host knows may have been transferred', async () => {
    const { transferred } = transferOf(
      { [legs]: json([unnamed]), [hand(31)]: accepted() },
      { callId },
    );
    expect(await transferred).toEqual({ status: 'accepted', vendorStatus: 'Success' });
  });

  it('is not in doubt if the lookup of the call ended in a timeout: nothing was sent', async () => {
    const { transferred } = transferOf({ [legs]: json({}, 504) });
    await expect(transferred).rejects.toMatchObject({ code: 'timeout', delivery: 'not_sent' });
  });

  it('takes the named one of two calls', async () => {
    const { transferred } = transferOf(
      { [legs]: json([onHold, talking]), [hand(31)]: accepted() },
      { callId, isCallNamed: true },
    );
    expect(await transferred).toMatchObject({ callId });
  });

  it.each([
    ['there is none', [], {}, /no call that could be transferred/],
    ['it is not connected', [leg()], {}, /not connected yet/],
    ['the one that the host knows of rings', [onHold, leg()], { callId }, /not connected yet/],
    ['two are connected', [talking, onHold], {}, /more than one call/],
    [
      'two are connected of which 3CX tells no call',
      [unnamed, { ...unnamed, id: 32 }],
      {},
      /more than one call/,
    ],
    ['another is named', [onHold], { callId, isCallNamed: true }, /not in the call/],
  ])(
    'is refused before it is requested, because of the calls of the operator: %s',
    async (_, participants, input, message) => {
      const { transferred, asked } = transferOf({ [legs]: json(participants) }, input);
      await expect(transferred).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringMatching(message),
      });
      expect(asked).toHaveLength(2);
    },
  );

  it.each([
    [404, 'refused', 'answered'],
    [422, 'refused', 'answered'],
    [424, 'refused', 'answered'],
    [502, 'network', 'unknown'],
    [504, 'timeout', 'unknown'],
  ])(
    'that 3CX answers with %i fails as %s, and is requested once',
    async (status, code, delivery) => {
      const { transferred, asked } = transferOf({
        [legs]: json([talking]),
        [hand(31)]: json({ reasontext: 'not now' }, status),
      });
      await expect(transferred).rejects.toMatchObject({
        code,
        delivery,
        vendor: { status, message: 'not now' },
      });
      expect(asked.filter((line) => line.startsWith(hand(31)))).toHaveLength(1);
    },
  );
});

describe('the destination of a transfer', () => {
  const dial = { form: 'withZero', prefix: '9', queues: {} };

  it.each([
    ['(21) 91234-5678', '9021912345678'],
    ['+55 21 91234-5678', '9021912345678'],
    ['40041234', '940041234'],
    ['0800 123 4567', '908001234567'],
    ['102', '102'],
    ['*77', '*77'],
  ])('%s is dialed as %s', async (destination, dialed) => {
    const { transferred, asked } = transferOf(
      { [legs]: json([talking]), [hand(31)]: accepted() },
      { destination },
      { dial },
    );
    await transferred;
    expect(asked.at(-1)).toBe(`${hand(31)} {"destination":"${dialed}"}`);
  });

  it.each(['suporte', '+1 212 555 0100'])('%s is refused', async (destination) => {
    const { transferred, asked } = transferOf({}, { destination });
    await expect(transferred).rejects.toMatchObject({ code: 'invalid_input' });
    expect(asked).toEqual([]);
  });
});
