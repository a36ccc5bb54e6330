import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import type { RecordingInput } from '../../src/index.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext, type FakeReply } from '../support/fake-context.ts';
import { runFeature } from '../support/run-feature.ts';
import { errorOf } from '../support/template-documents.ts';

const settings = v.parse(TemplateSettingsSchema, {
  recording: {
    request: {
      url: 'https://pbx.example/rec/{{ callId }}',
      query: {
        day: '{{ call.startedAt | date: "yyyy-MM-dd" }}',
        file: '{{ call.captures.file | default: "none" }}',
      },
    },
    outcome: [{ when: 'text contains "processing"', is: 'not_ready', message: '{{ text }}' }],
  },
});

async function fetchRecording(reply: FakeReply, input: Partial<RecordingInput> = {}) {
  const context = fakeContext(reply);
  const recording = createTemplateAdapter(settings).features.recording;
  if (!recording) throw new Error('no recording feature');
  return { context, response: await recording({ callId: 'c-1', ...input }, context) };
}

describe('recording', () => {
  it.each(['audio/wav', 'audio/mpeg; q=1', 'application/octet-stream', 'video/mp4'])(
    'passes %s through, byte for byte',
    async (type) => {
      const body = new Uint8Array([0x52, 0x49, 0x46, 0x46, 0, 255, 254]);
      const { response } = await fetchRecording({ headers: { 'content-type': type }, body });
      expect(response.headers.get('content-type')).toBe(type);
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(body);
    },
  );

  it('passes on the range that the listener asks for', async () => {
    const { context, response } = await fetchRecording(
      { status: 206, headers: { 'content-type': 'audio/wav' }, body: 'RI' },
      { range: 'bytes=0-1' },
    );
    expect(response.status).toBe(206);
    expect(context.sent[0]?.headers['range']).toBe('bytes=0-1');
  });

  it('can be looked up by what the host knows of the call', async () => {
    const audio = { headers: { 'content-type': 'audio/wav' }, body: 'RIFF' };
    const call = {
      callId: 'c-1',
      startedAt: new Date('2026-11-24T02:00:00Z'),
      captures: { file: 'a.wav' },
    };
    const known = await fetchRecording(audio, { call });
    expect(known.context.sent[0]?.url).toBe(
      'https://pbx.example/rec/c-1?day=2026-11-23&file=a.wav',
    );
    const unknown = await fetchRecording(audio);
    expect(unknown.context.sent[0]?.url).toBe('https://pbx.example/rec/c-1?day=&file=none');
  });

  it.each([
    [{ body: 'still processing' }, 'not_ready', 'still processing'],
    [
      { status: 202, body: 'processing', headers: { 'content-type': 'audio/wav' } },
      'not_ready',
      'processing',
    ],
    [
      { body: '<html>login</html>', headers: { 'content-type': 'text/html' } },
      'unreadable_response',
      undefined,
    ],
    [
      { body: '{"message":"gone"}', headers: { 'content-type': 'application/json' } },
      'unreadable_response',
      'gone',
    ],
    [{ status: 404, body: '{"message":"unknown call"}' }, 'not_found', 'unknown call'],
    [
      { status: 404, body: 'RIFF', headers: { 'content-type': 'audio/wav' } },
      'not_found',
      undefined,
    ],
    [{ status: 401, body: '' }, 'auth_failed', undefined],
    [{ status: 204 }, 'unreadable_response', undefined],
  ])('fails if the answer is not a recording: %j', async (reply: FakeReply, code, message) => {
    const error = await errorOf(fetchRecording(reply));
    expect(error).toMatchObject({ code, feature: 'recording' });
    expect(error.vendor?.message).toBe(message);
  });

  it('keeps only 500 characters of a long text that comes instead of audio', async () => {
    const error = await errorOf(
      fetchRecording({ headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(1_000_000) }),
    );
    expect(error.vendor?.excerpt).toBe(`${'x'.repeat(500)}…`);
  });
});

it('a recording in Base64 sends the steps before it only once', async () => {
  const url = 'https://pbx.example/rec';
  const audio = {
    recording: {
      steps: [
        { request: { url: `${url}/open`, method: 'POST' }, capture: { id: '{{ reply.id }}' } },
      ],
      request: { url: `${url}/{{ captures.id }}` },
      audio: { base64: '{{ reply.audio }}' },
    },
  };
  const { context, result } = runFeature('recording', audio, [
    { body: '{"id":7}' },
    { body: '{"audio":"UklGRg=="}' },
  ]);
  await result;
  expect(context.sent.map((sent) => sent.url)).toEqual([`${url}/open`, `${url}/7`]);
});
