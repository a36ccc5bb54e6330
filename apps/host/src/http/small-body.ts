import { bodyLimit } from 'hono/body-limit';
import { RequestError } from './error-response.ts';
import type { HostContext } from './host-env.ts';

/** Of what is not a file. */
const mostBytes = 1_048_576;

/**
 * The whole body of a request as text; may be asked for again.
 *
 * @throws {RequestError} 413 where it is larger, before it fills the memory
 */
export async function smallBody(context: HostContext): Promise<string> {
  await refuseLarge(context);
  return context.req.text();
}

/** Reads no more than that of a body, whatever its sender announces. @throws {RequestError} 413 */
export async function refuseLarge(context: HostContext): Promise<void> {
  const announced = context.req.header('Content-Length');
  const isOpen = context.req.header('Transfer-Encoding') !== undefined;
  if (Number(announced ?? 0) > mostBytes) throw tooLarge();
  if (!isOpen || context.get('isBodyMeasured')) return;
  const measure = bodyLimit({
    maxSize: mostBytes,
    onError: () => {
      throw tooLarge();
    },
  });
  await measure(context, async () => undefined);
  context.set('isBodyMeasured', true);
}

function tooLarge(): RequestError {
  return new RequestError(413, 'payload_too_large', `The body has more than ${mostBytes} bytes.`);
}
