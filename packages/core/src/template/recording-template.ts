import type { FetchRecording } from '../features/recording.ts';
import { compileExchange } from './exchange-template.ts';
import { unreadable } from './outcome-rules.ts';
import { Reply } from './reply.ts';
import type { TemplateSettings } from './settings-schema.ts';
import { baseValues, scopeOf, type TemplateConnection } from './template-connection.ts';

/** Kinds of content that may be audio. What is text, JSON or HTML is the vendor's word for a failure, whatever its status. */
const mayBeAudio =
  /^(?:audio\/|video\/|application\/(?:octet-stream|ogg|x-wav|force-download|download))/i;

/** Recordings are large and listeners slow; the host bounds the time without progress. */
const longestRecordingMs = 30 * 60_000;
const largestRecording = 2 * 1024 ** 3;

export function compileRecording(
  settings: NonNullable<TemplateSettings['recording']>,
  connection: TemplateConnection,
): FetchRecording {
  const exchange = compileExchange(
    settings,
    connection,
    connection.compilerFor('recording'),
    ['recording'],
    'recording',
  );
  return async (input, context) => {
    const scope = scopeOf(
      { ...baseValues(connection, context, {}), callId: input.callId, call: input.call },
      context,
    );
    const { url, init } = exchange.render(scope);
    const response = await context.fetch(url, {
      timeoutMs: longestRecordingMs,
      ...init,
      headers: { ...init.headers, ...(input.range !== undefined && { range: input.range }) },
      maxResponseBytes: largestRecording,
      signal: context.signal,
    });
    const successful = response.status === 200 || response.status === 206;
    if (successful && mayBeAudio.test(response.headers.get('content-type') ?? '')) return response;
    const reply = new Reply(response.status, response.headers, await readBeginning(response));
    exchange.judge({ ...scope, reply });
    throw unreadable(
      reply,
      'recording',
      'The telephone system answered with something that is not audio.',
    );
  };
}

const longestWords = 65_536;

/** A vendor's words for a failure are short; what is labelled as text and goes on is not read to its end. */
async function readBeginning(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  while (text.length < longestWords) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}
