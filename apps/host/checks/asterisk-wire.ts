import { request } from 'node:http';
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { wholeBody } from '../test/support/whole-body.ts';

/**
 * A proxy between the host and the telephone system, in which a check can tamper with a session.
 *
 * @param url address of the telephone system
 * @param before called with each request before it is passed on
 */
export async function openWire(
  url: string,
  before: (body: string, cookie: string) => Promise<void>,
): Promise<LoopbackServer> {
  return startLoopbackServer(async (incoming, outgoing) => {
    const body = await wholeBody(incoming);
    if (!body) return;
    await before(body.toString(), incoming.headers.cookie ?? '');
    const passed = request(
      new URL(incoming.url ?? '/', url),
      { method: incoming.method ?? 'GET', headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.destroy());
    passed.end(body);
  });
}
