import type { AdapterContext } from '../../context.ts';
import { TelephonyError } from '../../errors/telephony-error.ts';
import type { RejectedContact } from '../../features/contact-load.ts';
import type { Contact } from '../../values/contact.ts';
import { encodeText } from '../exchanges/charset.ts';
import { fileContent, type ContactFile } from './contact-file.ts';
import type { Scope } from '../language/scope.ts';
import type { StepsTemplate } from '../exchanges/steps-template.ts';
import { textOf } from '../language/value.ts';

/** A file of a million contacts takes a while; the host limits the time without progress. */
const longestUploadMs = 30 * 60_000;

/**
 * Sends the file, generated while it is sent: as the body, or as a part of a form. Nothing is sent, and there is no response, if no line can be written.
 *
 * @param readable gives the contacts, from the first one on each call
 */
export async function sendFile(
  steps: StepsTemplate,
  file: ContactFile,
  readable: () => AsyncIterable<Contact>,
  scope: Scope,
  context: AdapterContext,
): Promise<{ readonly response?: Response; readonly refused: readonly RejectedContact[] }> {
  const { url, init } = steps.last.render(scope);
  const { field, contentType } = file.settings;
  const boundary = `finaz-${textOf(scope.values['mailingId'])}-${context.now().getTime()}`;
  const refused: RejectedContact[] = [];
  const written = async () => {
    refused.length = 0;
    const content = await begun(
      fileContent(file, readable(), scope, (line) => void refused.push(line)),
    );
    if (!content || field === undefined) return content;
    return begun(inForm(file, field, content, scope, boundary));
  };
  const content = await written();
  if (!content) return { refused };
  const length = file.settings.sized ? await lengthOf(content) : undefined;
  const response = await context.fetch(url, {
    timeoutMs: longestUploadMs,
    ...init,
    headers: {
      ...init.headers,
      'content-type':
        field === undefined
          ? `${contentType}; charset=${charsetName(file)}`
          : `multipart/form-data; boundary=${boundary}`,
      ...(length !== undefined && { 'content-length': String(length) }),
    },
    body: streamOf(length === undefined ? content : ofLength(length, await written())),
    duplex: 'half',
    signal: context.signal,
  });
  return { response, refused };
}

/** Once its beginning is there: what is wrong with each line, or with the form around them, comes to light before anything is sent. `undefined` if it has none. */
async function begun<Chunk>(
  content: AsyncGenerator<Chunk>,
): Promise<AsyncGenerator<Chunk> | undefined> {
  const first = await content.next();
  if (first.done) return undefined;
  return (async function* whole() {
    yield first.value;
    yield* content;
  })();
}

const charsetName = ({ settings }: ContactFile) =>
  settings.charset === 'utf-8-bom' ? 'utf-8' : settings.charset;

async function* inForm(
  file: ContactFile,
  field: string,
  content: AsyncIterable<Uint8Array<ArrayBuffer>>,
  scope: Scope,
  boundary: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let head = '';
  for (const [name, value] of file.fields) {
    head += `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${value.render(scope)}\r\n`;
  }
  head += `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(field)}"; filename="${quoted(file.name.render(scope))}"\r\nContent-Type: ${file.settings.contentType}\r\n\r\n`;
  yield encodeText(head, 'utf-8');
  yield* content;
  yield encodeText(`\r\n--${boundary}--\r\n`, 'utf-8');
}

async function lengthOf(content: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const bytes of content) length += bytes.length;
  return length;
}

/** Fails if the length is not the announced one: a number may have been added to the do-not-call list since, and the request would be incomplete. */
async function* ofLength(
  length: number,
  content: AsyncIterable<Uint8Array<ArrayBuffer>> | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let left = length;
  for await (const bytes of content ?? []) {
    left -= bytes.length;
    if (left < 0) throw hasChanged();
    yield bytes;
  }
  if (left > 0) throw hasChanged();
}

function hasChanged(): TelephonyError {
  return new TelephonyError({
    code: 'unavailable',
    feature: 'contactLoad',
    delivery: 'unknown',
    message:
      'The contacts that may be sent changed while the file was being sent, so the request was broken off.',
    hint: 'Check in the telephone system whether it has any of them; it should have none.',
  });
}

/** As browsers write names in a form (RFC 7578): characters that would end the quotes or the line are percent-encoded. */
function quoted(text: string): string {
  return text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}

function streamOf(content: AsyncIterable<Uint8Array<ArrayBuffer>>): ReadableStream {
  const iterator = content[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
