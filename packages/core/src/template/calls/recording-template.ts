import { bytesOfBase64 } from '../language/base64.ts';
import { TelephonyError } from '../../errors/telephony-error.ts';
import type { FetchRecording } from '../../features/recording.ts';
import type { ExchangeLimits } from '../exchanges/exchange-template.ts';
import { unreadable } from '../exchanges/outcome-rules.ts';
import { Reply } from '../replies/reply.ts';
import type { RepliedScope } from '../language/scope.ts';
import type { TemplateSettings } from '../settings-schema.ts';
import { compileSteps } from '../exchanges/steps-template.ts';
import { scopeOf } from '../exchanges/request-scope.ts';
import type { TemplateConnection } from '../template-connection.ts';
import { unzipped } from './zipped-file.ts';

type Settings = NonNullable<TemplateSettings['recording']>;

/** Content types that may be audio. Text, JSON and HTML are the vendor's report of a failure, whatever the status. */
const mayBeAudio =
  /^(?:audio\/|video\/|application\/(?:octet-stream|ogg|x-wav|force-download|download))/i;

/** Recordings are large and listeners slow; the host limits the time without progress. */
const limits: ExchangeLimits = { timeoutMs: 30 * 60_000, maxResponseBytes: 2 * 1024 ** 3 };
/** A packed recording must be in memory as a whole to be unpacked. */
const packedLimits: ExchangeLimits = { timeoutMs: 120_000, maxResponseBytes: 64 * 1024 ** 2 };

export function compileRecording(
  settings: Settings,
  connection: TemplateConnection,
): FetchRecording {
  const place = connection.placeOf('recording');
  const steps = compileSteps(settings, connection, place);
  const { audio } = settings;
  const base64 =
    audio?.base64 === undefined
      ? undefined
      : steps.last.replied.at('audio', 'base64').text(audio.base64);

  return async (input, context) => {
    const scope = await steps.lead(
      scopeOf(connection, context, {
        callId: input.callId,
        call: input.call,
        // Not a variable here: it says whose session to use, if each operator has one.
        extension: input.call?.extension,
        captures: input.call?.captures ?? {},
      }),
      context,
    );
    if (base64) {
      const { scope: replied } = await steps.follow(scope, context, packedLimits);
      return audioResponse(fromBase64(base64.render(replied), replied), undefined);
    }
    const isZip = audio?.zip !== undefined;
    const ranged = input.range === undefined || isZip ? context : withRange(context, input.range);
    return steps.inSession(scope, ranged, async (entered) => {
      const response = await steps.last.send(entered, ranged, isZip ? packedLimits : limits);
      const successful = response.status === 200 || response.status === 206;
      const type = response.headers.get('content-type') ?? '';
      if (successful && isZip && !/^(?:text|application\/json)/i.test(type)) {
        const bytes = new Uint8Array(await response.arrayBuffer());
        const { name, content } = await unzipped(bytes, audio.zip ?? '');
        return audioResponse(content, types[name.split('.').at(-1)?.toLowerCase() ?? '']);
      }
      const isPastEnd = response.status === 416 && input.range !== undefined;
      if (isPastEnd || (successful && mayBeAudio.test(type))) return response;
      const reply = new Reply(response, await readBeginning(response), steps.last.read);
      steps.last.judge({ ...entered, reply });
      throw unreadable(
        reply,
        'recording',
        'The telephone system answered with something that is not audio.',
      );
    });
  };
}

type Context = Parameters<FetchRecording>[1];

/** The listener's range is passed on with the request for the audio. */
function withRange(context: Context, range: string): Context {
  return {
    ...context,
    fetch: (url, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set('range', range);
      return context.fetch(url, { ...init, headers: Object.fromEntries(headers) });
    },
  };
}

function fromBase64(text: string, scope: RepliedScope): Uint8Array<ArrayBuffer> {
  const plain = text.replace(/^data:[^,]*,/, '').replace(/\s+/g, '');
  if (plain === '') throw notThere(scope);
  const bytes = bytesOfBase64(plain);
  if (bytes) return bytes;
  throw unreadable(scope.reply, 'recording', 'What should be audio in Base64 is not.');
}

function notThere({ reply }: RepliedScope): TelephonyError {
  return new TelephonyError({
    code: 'not_found',
    feature: 'recording',
    message: 'The telephone system answered without a recording.',
    vendor: { status: reply.status },
  });
}

const types: Readonly<Record<string, string>> = {
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  gsm: 'audio/gsm',
};

function audioResponse(bytes: Uint8Array<ArrayBuffer>, type: string | undefined): Response {
  return new Response(bytes, {
    headers: {
      'content-type': type ?? 'application/octet-stream',
      'content-length': String(bytes.length),
    },
  });
}

const longestWords = 65_536;
const longestWordsMs = 5000;

/** A vendor's failure messages are short; a text that goes on, or trickles in, is not read to its end. */
async function readBeginning(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  // `cancel` ends a pending `read`, as `done`.
  const tooLate = setTimeout(() => void reader.cancel().catch(() => undefined), longestWordsMs);
  let text = '';
  try {
    while (text.length < longestWords) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      text += decoder.decode(value, { stream: true });
    }
    await reader.cancel();
    return text;
  } finally {
    clearTimeout(tooLate);
  }
}
