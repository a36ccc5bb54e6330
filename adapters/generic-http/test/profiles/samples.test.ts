import { TelephonyError } from '@finaz-telephony/core';
import { describe, expect, test } from 'vitest';
import { readSamples, runFeature, type Exchange } from './samples.ts';
import { adapterOf } from './support.ts';

/** The samples are what a person compares with a vendor's own log: each is played, request by request. */
describe.each(['vicidial', 'three-c-plus', 'totalvoice', 'argus', 'ucontact'])(
  'samples of %s',
  (profile) => {
    const { queue, settings, samples } = readSamples(profile);

    test('cover every feature of the profile except answeredCall', () => {
      const { features } = adapterOf(profile, settings);
      const shown = new Set(samples.map(({ feature }) => feature));
      expect(shown).toEqual(
        new Set(Object.keys(features).filter((name) => name !== 'answeredCall')),
      );
    });

    test.each(samples.map((sample, index) => ({ ...sample, index })))(
      '$index $feature sends the requests of the sample and gives its result',
      async ({ feature, exchanges, result }) => {
        const sent: unknown[] = [];
        const told = await runFeature(
          adapterOf(profile, settings),
          feature,
          async (url, init) => {
            const reply = exchanges[sent.length]?.reply;
            const body = typeof init?.body === 'string' ? { body: init.body } : {};
            sent.push({ method: init?.method ?? 'GET', url: String(url), ...body });
            return answerOf(reply);
          },
          { queue, callId: callIdOf(samples) },
        ).catch((error: unknown) => {
          if (!TelephonyError.isInstance(error)) throw error;
          return { error: error.code, vendor: error.vendor?.message };
        });
        expect(sent).toEqual(exchanges.map(({ request }) => request));
        expect(JSON.parse(JSON.stringify(told))).toEqual(result);
      },
    );
  },
);

function callIdOf(samples: ReturnType<typeof readSamples>['samples']): string {
  const called = JSON.stringify(
    samples.find(({ feature }) => feature === 'click2call')?.result ?? {},
  );
  return /"callId":"([^"]+)"/.exec(called)?.[1] ?? '';
}

function answerOf(reply: Exchange['reply'] | undefined): Response {
  const { status, body, contentType = 'text/html' } = reply ?? { status: 500, body: '' };
  return new Response(status === 204 ? null : body, {
    status,
    headers: { 'Content-Type': contentType },
  });
}
