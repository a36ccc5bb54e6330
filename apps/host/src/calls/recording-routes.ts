import { Hono } from 'hono';
import { RequestError } from '../http/request-error.ts';
import type { HostEnv } from '../http/host-env.ts';
import { described } from '../http/openapi.ts';
import { callIdOf } from './call-id-of.ts';
import { openRecording, type RecordingDependencies } from './fetch-recording.ts';
import { sendRecording } from './send-recording.ts';

/** Recordings, under `/v1/tenants/:tenant`. */
export function createRecordingRoutes(dependencies: RecordingDependencies): Hono<HostEnv> {
  const app = new Hono<HostEnv>();

  app.get(
    '/recordings/:callId',
    described({
      id: 'getRecording',
      tag: 'calls',
      summary: 'Fetch the recording of a call',
      description:
        'Streamed. `Range` is honoured, also where the telephone system does not know it.',
      headers: { Range: 'For example `bytes=0-1023`.' },
      answers: {
        200: {
          description: 'The audio.',
          mediaType: 'audio/*',
          otherTypes: ['video/*'],
          headers: { 'Accept-Ranges': '`bytes`, where parts of it can be asked for.' },
        },
        206: {
          description: 'A part of the audio.',
          mediaType: 'audio/*',
          otherTypes: ['video/*', 'application/octet-stream'],
          headers: { 'Content-Range': 'Which part, and of how many bytes.' },
        },
      },
    }),
    async (context) => {
      if (context.req.method !== 'GET') {
        throw new RequestError(
          405,
          'method_not_allowed',
          'A recording can only be fetched with GET.',
          { headers: { Allow: 'GET' } },
        );
      }
      const left = new AbortController();
      const { outgoing } = context.env;
      outgoing?.once('close', () => {
        if (!outgoing.writableFinished) left.abort(new Error('the listener left'));
      });
      const recording = await openRecording(
        dependencies,
        context.get('tenant'),
        callIdOf(context),
        context.req.header('Range'),
        left.signal,
      );
      if (recording.status === 416) {
        throw new RequestError(416, 'invalid_input', 'The recording ends before that part.', {
          errors: [{ parameter: 'Range', message: 'begins after the end of the recording' }],
          headers: recording.headers,
        });
      }
      return sendRecording(context, recording, dependencies.logger);
    },
  );

  return app;
}
