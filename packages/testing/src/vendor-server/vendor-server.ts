import type { IncomingMessage, ServerResponse } from 'node:http';
import { readAll, startLoopbackServer, type ReceivedRequest } from '../loopback-server.ts';
import { tellAnsweredCall, type AnsweredNotification } from './answered-notification.ts';
import { callRoutes } from './call-routes.ts';
import { dialerRoutes } from './dialer-routes.ts';
import { commit, Faults, losesOnlyTheAnswer } from './faults.ts';
import { failure, send, type Answer, type Route } from './route.ts';
import { Telephony, type VendorAttempt } from './telephony.ts';

/** How the vendor server is set up; everything has a default. */
export interface VendorServerOptions {
  readonly port?: number | undefined;
  /** The token required as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** Extensions that are registered. */
  readonly operators?: readonly string[] | undefined;
  /** Where answered calls are reported; the manual's placeholders `ID_CRM`, `NUMERO_TELEFONE`, `ID_LIGACAO`, `RAMAL_USUARIO` are filled in. */
  readonly eventUrl?: string | undefined;
  /** Size of a recording in bytes: even, and at least 44. */
  readonly recordingBytes?: number | undefined;
  /** Whether recordings support ranges. */
  readonly ranges?: boolean | undefined;
  /** Prefix of call ids. A different prefix at each start keeps ids from repeating. */
  readonly callIdPrefix?: string | undefined;
  /** The clock, in milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

/** A telephone system with a dialer, over HTTP on 127.0.0.1. */
export interface VendorServer {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly telephony: Telephony;
  readonly faults: Faults;
  /** Every request that has arrived, in order. */
  readonly requests: readonly ReceivedRequest[];
  /** How many requests the caller has abandoned, by closing the connection before the answer was complete. */
  readonly abandoned: () => number;
  /** Notifies the CRM of an answered call, with up to three tries; resolves with the last status, or 0 if no answer came. */
  readonly sendAnsweredEvent: (call: AnsweredNotification) => Promise<number>;
  /** Dials a whole queue. Answered calls are reported to `eventUrl`, and then end. */
  readonly dial: (queue: string) => Promise<readonly VendorAttempt[]>;
  readonly setEventUrl: (url: string) => void;
  /** Stops the server and closes all its connections; may be called again. */
  readonly close: () => Promise<void>;
}

/** Starts a telephone system with a dialer. The last two digits of a number decide the outcome of its call: see the README of this package. */
export async function startVendorServer(options: VendorServerOptions = {}): Promise<VendorServer> {
  const {
    token = 'vendor-token',
    recordingBytes = 65_644,
    ranges = false,
    now = Date.now,
  } = options;
  const telephony = new Telephony(
    now,
    options.operators ?? ['1001', '1002'],
    options.callIdPrefix ?? 'c-',
  );
  const faults = new Faults();
  const requests: ReceivedRequest[] = [];
  let { eventUrl } = options;
  let abandoned = 0;

  async function sendAnsweredEvent(call: AnsweredNotification): Promise<number> {
    if (eventUrl === undefined) throw new Error('this vendor server has no eventUrl');
    const times = faults.take('event')?.kind === 'duplicateEvent' ? 2 : 1;
    let status = 0;
    for (let sent = 0; sent < times; sent += 1) status = await tellAnsweredCall(eventUrl, call);
    return status;
  }

  async function dial(queue: string): Promise<readonly VendorAttempt[]> {
    const attempts: VendorAttempt[] = [];
    for (const attempt of telephony.dial(queue)) {
      attempts.push(attempt);
      if (attempt.extension !== undefined && eventUrl !== undefined) {
        await sendAnsweredEvent({ ...attempt, extension: attempt.extension });
      }
      const call = telephony.calls.get(attempt.callId);
      if (call) call.hungUp = true;
    }
    return attempts;
  }

  const routes = [
    ...callRoutes(telephony, { bytes: recordingBytes, ranges }),
    ...dialerRoutes(telephony, dial),
  ];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://vendor.invalid');
    const body = await readAll(request);
    const received: ReceivedRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
    };
    requests.push(received);
    response.once('close', () => {
      if (!response.writableFinished) abandoned += 1;
    });
    const route = routes.find(
      ({ method, pattern }) => method === request.method && pattern.test(url.pathname),
    );
    const text = body.toString('utf8');
    const fault = route && faults.take(route.name);
    const proceed = () => answerOf(route, received, text, url.pathname, token);
    // If only the answer is lost, the work has been done: the very case in which repeating does harm.
    const done = fault && losesOnlyTheAnswer(fault) ? await proceed() : undefined;
    const effect = fault && (await commit(fault, request, response, text));
    if (effect === 'over') return;
    const given = done ?? (await proceed());
    send(response, effect ? { ...given, contentType: effect.contentType } : given);
  }

  const { url, port, close } = await startLoopbackServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent)
        send(response, failure(500, error instanceof Error ? error.message : String(error)));
      else response.destroy();
    });
  }, options.port);

  return {
    url,
    port,
    token,
    telephony,
    faults,
    requests,
    abandoned: () => abandoned,
    sendAnsweredEvent,
    dial,
    setEventUrl: (address) => {
      eventUrl = address;
    },
    close,
  };
}

async function answerOf(
  route: Route | undefined,
  received: ReceivedRequest,
  text: string,
  path: string,
  token: string,
): Promise<Answer> {
  if (!route) return failure(404, 'rota desconhecida');
  if (received.headers.authorization !== `Bearer ${token}`) return failure(401, 'token invalido');
  return route.handle({
    received,
    text,
    parts: (route.pattern.exec(path) ?? []).slice(1).map(decodeURIComponent),
  });
}
