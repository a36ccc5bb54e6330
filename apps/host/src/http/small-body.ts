import { decodeWhole } from '@finaz-telephony/core/host';
import { bodyLimit } from 'hono/body-limit';
import { brokenBody } from './broken-body.ts';
import { RequestError } from './request-error.ts';
import type { HostContext } from './host-env.ts';

/** The limit of every body that is not a file. */
const mostBytes = 1_048_576;

/**
 * The whole body of a request as text, decoded as a file would be; may be called again.
 *
 * @throws {RequestError} 413 if it is larger, before it fills the memory; 415 if it is compressed; 400 if it breaks off
 */
export async function smallBody(context: HostContext): Promise<string> {
  return decodeWhole(new Uint8Array(await smallBytes(context)));
}

/** The same as bytes. */
export async function smallBytes(context: HostContext): Promise<ArrayBuffer> {
  await refuseLarge(context);
  return context.req.arrayBuffer().catch(brokenBody());
}

/** Reads no more of a body than this, whatever its sender announces. */
async function refuseLarge(context: HostContext): Promise<void> {
  refusePacked(context.req.header('Content-Encoding'));
  const announced = context.req.header('Content-Length');
  const isChunked = context.req.header('Transfer-Encoding') !== undefined;
  if (Number(announced ?? 0) > mostBytes) throw tooLarge();
  if (!isChunked || context.get('isBodyMeasured')) return;
  const measure = bodyLimit({
    maxSize: mostBytes,
    onError: () => {
      throw tooLarge();
    },
  });
  await measure(context, async () => undefined).catch(brokenBody());
  context.set('isBodyMeasured', true);
}

function refusePacked(encoding = 'identity'): void {
  if (encoding.toLowerCase() === 'identity') return;
  throw new RequestError(
    415,
    'unsupported_media_type',
    'Only files may be sent compressed; this body may not.',
    { hint: 'Send it as it is, without Content-Encoding.' },
  );
}

function tooLarge(): RequestError {
  return new RequestError(413, 'payload_too_large', `The body has more than ${mostBytes} bytes.`);
}
