import { TelephonyError, type AdapterContext } from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import { complaintOfFeatures, type Send } from './complaint-of.ts';

describe('the conformance suite', () => {
  it('fails a recording that goes on after its caller has left', async () => {
    const features = () => ({ recording: () => new Promise<Response>(() => undefined) });
    expect(await complaintOfFeatures('everything that waits', features)).toBe('recording went on');
  });

  it('fails a recording that comes later and is reported as not_found: nobody would ask again', async () => {
    const toldAs = (code: 'not_found' | 'not_ready') =>
      complaintOfFeatures(
        'not available yet',
        () => ({ recording: () => Promise.reject(new TelephonyError({ code, message: 'none' })) }),
        { vendor: { recordings: () => ({ existing: 'c-1', missing: 'c-2', later: 'c-3' }) } },
      );
    expect(await toldAs('not_ready')).toBe('');
    expect(await toldAs('not_found')).toMatch(/ends in not_found, .* nobody would ask again/);
  });

  it('fails a recording that is fetched by another way than context.fetch', async () => {
    const ownFetch = fetch;
    const features = (send: Send) => ({
      recording: async (_: unknown, context: AdapterContext) => {
        await send({ ...context, fetch: (url) => ownFetch(url) }, '/ping');
        return new Response('RIFF');
      },
    });
    expect(await complaintOfFeatures('nothing goes out by another way', features)).toBe(
      'recording: a request reached the vendor by another way than context.fetch',
    );
  });

  it('fails a recording that cuts off a long call at the usual limit of an answer', async () => {
    const features = (send: Send) => ({
      recording: (_: object, context: AdapterContext) => send(context, '/calls/1/recording'),
    });
    expect(await complaintOfFeatures('the recording of a long call', features)).toMatch(
      /allows no more than 1048576 bytes/,
    );
  });

  it.each([
    [
      'fails a whole recording that is given as a part',
      () => new Response('RIFF-audio', { status: 206 }),
      /gave status 206, Content-Range "" and 10/,
    ],
    [
      'fails a part of a recording that is given as the whole',
      () => new Response('FF-a'),
      /gave status 200/,
    ],
    [
      'passes the part of a recording that was requested',
      () => new Response('FF-a', { status: 206, headers: { 'Content-Range': 'bytes 2-5/10' } }),
      /^$/,
    ],
    [
      'passes a whole recording although a part was requested',
      () => new Response('RIFF-audio'),
      /^$/,
    ],
  ])('%s', async (_, part, told) => {
    const features = () => ({
      recording: async ({ range }: { readonly range?: string }) =>
        range === undefined ? new Response('RIFF-audio') : part(),
    });
    expect(await complaintOfFeatures('the part that was asked for', features)).toMatch(told);
  });
});
