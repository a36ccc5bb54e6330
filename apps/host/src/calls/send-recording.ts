import { Readable, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Logger } from '@finaz-telephony/core';
import { giveBack } from '../egress/lent-memory.ts';
import type { HostContext } from '../http/host-env.ts';
import type { OpenRecording } from './audio-answer.ts';
import { withoutWords } from '../logged-error.ts';

/**
 * Streams audio to the listener, straight from socket to socket: web streams in between would cost a third of the speed.
 *
 * When the vendor breaks off, the connection to the listener is cut, so that a part is never taken for the whole.
 */
export async function sendRecording(
  context: HostContext,
  recording: OpenRecording,
  logger: Logger,
): Promise<Response> {
  const { outgoing } = context.env;
  if (!outgoing) {
    return new Response(Readable.toWeb(recording.body), {
      status: recording.status,
      headers: recording.headers,
    });
  }
  outgoing.writeHead(recording.status, recording.headers);
  try {
    await passOn(recording.body, outgoing);
  } catch (error) {
    recording.body.destroy();
    outgoing.destroy();
    const { code, ...kind } = withoutWords(error);
    logger.info(
      { requestId: context.get('requestId'), ...(code ? { reason: code } : { err: kind }) },
      'a recording ended early',
    );
  }
  return RESPONSE_ALREADY_SENT;
}

/** Like `pipeline`, but the memory of each chunk is reused once the chunk has been sent. The caller destroys both when one of them fails. */
async function passOn(body: Readable, outgoing: Writable): Promise<void> {
  body.on('data', (chunk: Buffer) => {
    const mayGoOn = outgoing.write(chunk, (error) => {
      if (!error) giveBack(chunk);
    });
    if (!mayGoOn) body.pause();
  });
  outgoing.on('drain', () => body.resume());
  await Promise.all([finished(body).then(() => outgoing.end()), finished(outgoing)]);
}
