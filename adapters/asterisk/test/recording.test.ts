import { createTestContext, makeWav } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { recording } from '../src/features/recording.ts';
import { AsteriskSettingsSchema } from '../src/settings.ts';

const settings = v.parse(AsteriskSettingsSchema, {
  baseUrl: 'http://pbx.example:8088',
  ari: { password: 'a' },
  ami: { password: 'b' },
});

/** What the host gets of a file that arrives in pieces of this size. */
async function served(file: Uint8Array, piece: number): Promise<Buffer> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < file.length; at += piece)
        controller.enqueue(file.subarray(at, at + piece));
      controller.close();
    },
  });
  const headers = { 'content-type': 'audio/wav', 'content-length': String(file.length) };
  const fetch = () => Promise.resolve(new Response(body, { headers }));
  const response = await recording(settings)({ callId: 'c-1' }, { ...createTestContext(), fetch });
  return Buffer.from(await response.arrayBuffer());
}

describe('the header of a recording', () => {
  const whole = Buffer.from(makeWav(6000));
  const unfinished = Buffer.from(whole);
  unfinished.writeUInt32LE(0, 4);
  unfinished.writeUInt32LE(0, 40);

  it.each([1, 7, 44, 4096])(
    'gets its lengths if they are still zero, from a file that arrives in pieces of %i bytes',
    async (piece) => {
      expect(await served(unfinished, piece)).toEqual(whole);
    },
  );

  it('is left alone if its lengths are right or its layout is another one', async () => {
    expect(await served(whole, 100)).toEqual(whole);
    const other = Buffer.concat([Buffer.from(unfinished.subarray(0, 36)), Buffer.alloc(200, 1)]);
    expect(await served(other, 50)).toEqual(other);
  });
});
