import type { ContextRequestInit } from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import { adapterOf, demand, failureOf, has, notChecked, type ConformanceCheck } from './check.ts';
import { recordingsOf } from './subject.ts';
import { interposed } from './interposed.ts';

/** About twenty minutes of raw telephone audio (8000 samples of 16 bit per second). */
const longCallBytes = 20 * 60 * 16_000;

/** The checks of the audio, and of how it is requested. */
export const recordingChecks: readonly ConformanceCheck[] = [
  {
    name: 'recording gives audio, and no audio where there is none',
    applies: has('recording'),
    async run(subject, vendor) {
      const { recording } = adapterOf(subject, vendor).features;
      const { existing, missing } = recordingsOf(vendor);
      const response = await recording?.({ callId: existing }, createTestContext());
      const start = Buffer.from((await response?.arrayBuffer()) ?? new ArrayBuffer(0)).subarray(
        0,
        4,
      );
      demand(start.toString('latin1') === 'RIFF', 'the recording does not begin like audio');
      const error = await failureOf(
        Promise.resolve(recording?.({ callId: missing }, createTestContext())),
        'a recording that is not there',
      );
      demand(error.code === 'not_found' || error.code === 'not_ready', `it ends in ${error.code}`);
    },
  },
  {
    name: 'recording ends in not_ready, not in not_found, while a recording is not available yet',
    applies: has('recording'),
    async run(subject, vendor) {
      const later =
        recordingsOf(vendor).later ??
        notChecked('recordings() names no call whose recording comes "later"');
      const { recording } = adapterOf(subject, vendor).features;
      const error = await failureOf(
        Promise.resolve(recording?.({ callId: later }, createTestContext())),
        'a recording that is not there yet',
      );
      demand(
        error.code === 'not_ready',
        `it ends in ${error.code}, not in not_ready; nobody would ask again`,
      );
    },
  },
  {
    name: 'recording never passes an HTML page off as audio',
    applies: has('recording'),
    async run(subject, vendor) {
      const { existing } = recordingsOf(vendor);
      vendor.misbehave({ kind: 'html' });
      await failureOf(
        Promise.resolve(
          adapterOf(subject, vendor).features.recording?.(
            { callId: existing },
            createTestContext(),
          ),
        ),
        'an HTML page instead of a recording',
      );
    },
  },
  {
    name: 'recording allows an answer as large as the recording of a long call',
    applies: has('recording'),
    async run(subject, vendor) {
      let last: ContextRequestInit = {};
      const { context } = interposed(({ init }, send) => {
        last = init;
        return send();
      });
      const { recording } = adapterOf(subject, vendor).features;
      const response = await recording?.({ callId: recordingsOf(vendor).existing }, context);
      await response?.body?.cancel();
      demand(
        (last.maxResponseBytes ?? 0) >= longCallBytes,
        `the request for the audio allows ${last.maxResponseBytes ?? 'no more than 1048576'} bytes, and a call of twenty minutes may have ${longCallBytes}; set maxResponseBytes, and timeoutMs for a slow line`,
      );
    },
  },
  {
    name: 'recording gives the part that was asked for, or the whole and says so',
    applies: has('recording'),
    async run(subject, vendor) {
      const { recording } = adapterOf(subject, vendor).features;
      const { existing } = recordingsOf(vendor);
      const bytesOf = async (range?: string) => {
        const input = { callId: existing, ...(range !== undefined && { range }) };
        const response = await recording?.(input, createTestContext());
        const bytes = Buffer.from((await response?.arrayBuffer()) ?? new ArrayBuffer(0));
        return { response, bytes };
      };
      const whole = await bytesOf();
      demand(
        whole.response?.status === 200,
        `without a range its status is ${whole.response?.status ?? 'none'}, not 200`,
      );
      const part = await bytesOf('bytes=2-5');
      const told = part.response?.headers.get('Content-Range') ?? '';
      const isPart =
        part.response?.status === 206 &&
        told.startsWith('bytes 2-5/') &&
        part.bytes.equals(whole.bytes.subarray(2, 6));
      const isWhole = part.response?.status === 200 && part.bytes.equals(whole.bytes);
      demand(
        isPart || isWhole,
        `asked for bytes 2 to 5 it gave status ${part.response?.status ?? 'none'}, Content-Range "${told}" and ${part.bytes.length} bytes; it is 206 with that part, or 200 with the whole`,
      );
    },
  },
];
