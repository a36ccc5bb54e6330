import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import * as v from 'valibot';
import { readAll, startLoopbackServer, type ReceivedRequest } from '../loopback-server.ts';
import { commit, Faults, losesOnlyTheAnswer } from './faults.ts';
import { fateOf, Telephony, type VendorAttempt } from './telephony.ts';
import { makeWav, wavChunks } from './wav.ts';

export interface VendorServerOptions {
  readonly port?: number;
  /** What `Authorization: Bearer` must bring. */
  readonly token?: string;
  /** Extensions that are registered. */
  readonly operators?: readonly string[];
  /** Where answered calls are told; the manual's placeholders `ID_CRM`, `NUMERO_TELEFONE`, `ID_LIGACAO`, `RAMAL_USUARIO` are filled in. */
  readonly eventUrl?: string;
  /** Size of a recording. */
  readonly recordingBytes?: number;
  /** Whether recordings are served in parts. */
  readonly ranges?: boolean;
  /** Of the ids of calls; another one at each start keeps them apart. */
  readonly callIdPrefix?: string;
  readonly now?: () => number;
}

export interface AnsweredNotification {
  readonly contactId: string;
  readonly number: string;
  readonly callId: string;
  readonly extension: string;
}

/** A telephone system with a dialer, over HTTP on 127.0.0.1. */
export interface VendorServer {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly telephony: Telephony;
  readonly faults: Faults;
  /** Everything that came in, in order: what the vendor got is what counts. */
  readonly requests: readonly ReceivedRequest[];
  /** How many of those had their connection closed by the caller before the answer was complete. */
  readonly abandoned: () => number;
  /** Tells the CRM of an answered call, with up to three tries; resolves with the last status, 0 for none. */
  readonly sendAnsweredEvent: (call: AnsweredNotification) => Promise<number>;
  /** Dials all of a queue; answered calls are told. */
  readonly dial: (queue: string) => Promise<readonly VendorAttempt[]>;
  readonly setEventUrl: (url: string) => void;
  /** Ends it with all its connections; may be called again. */
  readonly close: () => Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string | Buffer | Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Exchange {
  readonly received: ReceivedRequest;
  readonly text: string;
  readonly parts: readonly string[];
}

interface Route {
  /** The name by which faults are switched. */
  readonly name: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: (exchange: Exchange) => Answer | Promise<Answer>;
}

const json = (status: number, body: unknown): Answer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});
const failure = (status: number, message: string): Answer =>
  json(status, { ok: false, error: { message } });

const CallRequestSchema = v.object({
  extension: v.string(),
  number: v.string(),
  queue: v.string(),
});
const DestinationSchema = v.object({ destination: v.string() });
const ContactSchema = v.object({
  contactId: v.string(),
  name: v.string(),
  cpf: v.string(),
  phones: v.array(v.string()),
});

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
    const address = eventUrl
      .replace('ID_CRM', encodeURIComponent(call.contactId))
      .replace('NUMERO_TELEFONE', encodeURIComponent(call.number))
      .replace('ID_LIGACAO', encodeURIComponent(call.callId))
      .replace('RAMAL_USUARIO', encodeURIComponent(call.extension));
    const times = faults.take('event')?.kind === 'duplicateEvent' ? 2 : 1;
    let status = 0;
    for (let sent = 0; sent < times; sent += 1) status = await get(address);
    return status;
  }

  async function get(address: string): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await fetch(address, { redirect: 'manual' });
        await response.arrayBuffer();
        if (response.status < 500 || attempt === 3) return response.status;
      } catch {
        if (attempt === 3) return 0;
      }
    }
  }

  async function dial(queue: string): Promise<readonly VendorAttempt[]> {
    const attempts: VendorAttempt[] = [];
    for (const attempt of telephony.dial(queue)) {
      attempts.push(attempt);
      if (attempt.extension !== undefined && eventUrl !== undefined) {
        await sendAnsweredEvent({ ...attempt, extension: attempt.extension });
      }
    }
    return attempts;
  }

  const routes: readonly Route[] = [
    { name: 'check', method: 'GET', pattern: /^\/ping$/, handle: () => json(200, { ok: true }) },
    {
      name: 'click2call',
      method: 'POST',
      pattern: /^\/calls$/,
      handle({ text }) {
        const wanted = v.safeParse(CallRequestSchema, parse(text));
        if (!wanted.success) return failure(422, 'campos obrigatorios: extension, number, queue');
        const { extension, number, queue } = wanted.output;
        if (!telephony.operators.has(extension)) return failure(404, 'ramal nao registrado');
        if (telephony.liveCallOf(extension)) return failure(409, 'operador em ligacao');
        const call = telephony.place(extension, number, queue);
        return json(201, { ok: true, id: call.id, status: 'ringing' });
      },
    },
    {
      name: 'hangup',
      method: 'DELETE',
      pattern: /^\/calls\/([^/]+)$/,
      handle({ parts: [id = ''] }) {
        const call = telephony.calls.get(id);
        if (!call) return failure(404, 'ligacao nao encontrada');
        call.hungUp = true;
        return { status: 204, body: '' };
      },
    },
    {
      name: 'transfer',
      method: 'POST',
      pattern: /^\/extensions\/([^/]+)\/transfer$/,
      handle({ text, parts: [extension = ''] }) {
        const wanted = v.safeParse(DestinationSchema, parse(text));
        if (!wanted.success) return failure(422, 'campo obrigatorio: destination');
        const call = telephony.liveCallOf(extension);
        if (!call) return failure(409, 'ramal sem ligacao em curso');
        if (fateOf(wanted.output.destination) === 'invalid')
          return failure(422, 'destino invalido');
        call.transferredTo = wanted.output.destination;
        return json(200, { ok: true, status: 'transferred' });
      },
    },
    {
      name: 'recording',
      method: 'GET',
      pattern: /^\/calls\/([^/]+)\/recording$/,
      handle({ received, parts: [id = ''] }) {
        const call = telephony.calls.get(id);
        if (!call) return failure(404, 'ligacao nao encontrada');
        if (call.end !== 'answered') return failure(404, 'ligacao sem gravacao');
        return recordingAnswer(recordingBytes, ranges ? received.headers.range : undefined, ranges);
      },
    },
    {
      name: 'contactLoad',
      method: 'POST',
      pattern: /^\/queues\/([^/]+)\/contacts$/,
      handle({ text, parts: [queue = ''] }) {
        const contact = v.safeParse(ContactSchema, parse(text));
        if (!contact.success) return failure(422, 'contato invalido');
        const phones = contact.output.phones.filter((phone) => phone !== '');
        if (phones.length === 0) return failure(422, 'contato sem telefone');
        telephony.contactsOf(queue).set(contact.output.contactId, { ...contact.output, phones });
        return json(201, { ok: true });
      },
    },
    {
      name: 'contactFile',
      method: 'POST',
      pattern: /^\/queues\/([^/]+)\/contacts\.csv$/,
      handle({ received, parts: [queue = ''] }) {
        const contacts = readCsv(csvOf(received));
        for (const contact of contacts) telephony.contactsOf(queue).set(contact.contactId, contact);
        return json(200, { ok: true, imported: contacts.length });
      },
    },
    {
      name: 'contactClear',
      method: 'DELETE',
      pattern: /^\/queues\/([^/]+)\/contacts$/,
      handle({ parts: [queue = ''] }) {
        const contacts = telephony.contactsOf(queue);
        const cleared = contacts.size;
        contacts.clear();
        return json(200, { ok: true, cleared });
      },
    },
    {
      name: 'dialerStart',
      method: 'POST',
      pattern: /^\/queues\/([^/]+)\/start$/,
      async handle({ parts: [queue = ''] }) {
        return json(200, { ok: true, dialed: (await dial(queue)).length });
      },
    },
    {
      name: 'dialerResults',
      method: 'GET',
      pattern: /^\/queues\/([^/]+)\/results$/,
      handle({ received, parts: [queue = ''] }) {
        const from = Date.parse(received.query.get('from') ?? '');
        const to = Date.parse(received.query.get('to') ?? '');
        if (Number.isNaN(from) || Number.isNaN(to)) return failure(422, 'periodo invalido');
        const rows = (telephony.attempts.get(queue) ?? []).filter(
          ({ at }) => at >= from && at <= to,
        );
        return /csv/.test(received.headers.accept ?? '')
          ? resultsCsv(rows)
          : json(200, { ok: true, data: rows.map(resultRow) });
      },
    },
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
    // Where only the answer is lost, the work has been done: the very case in which repeating does harm.
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

function send(response: ServerResponse, { status, contentType, body, headers }: Answer): void {
  response.writeHead(status, {
    ...(contentType !== undefined && { 'Content-Type': contentType }),
    ...(!(body instanceof Readable) &&
      status !== 204 && { 'Content-Length': Buffer.byteLength(body) }),
    ...headers,
  });
  if (body instanceof Readable) {
    body.pipe(response);
    response.on('close', () => body.destroy());
  } else response.end(body);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function recordingAnswer(bytes: number, range: string | undefined, ranges: boolean): Answer {
  const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  if (match) {
    const start = Number(match[1]);
    if (start >= bytes)
      return {
        status: 416,
        contentType: 'audio/wav',
        headers: { 'Content-Range': `bytes */${bytes}` },
        body: '',
      };
    const end = match[2] === '' ? bytes - 1 : Math.min(Number(match[2]), bytes - 1);
    return {
      status: 206,
      contentType: 'audio/wav',
      headers: { 'Content-Range': `bytes ${start}-${end}/${bytes}`, 'Accept-Ranges': 'bytes' },
      body: makeWav(bytes).subarray(start, end + 1),
    };
  }
  return {
    status: 200,
    contentType: 'audio/wav',
    headers: { 'Content-Length': String(bytes), ...(ranges && { 'Accept-Ranges': 'bytes' }) },
    body: Readable.from(wavChunks(bytes), { objectMode: false }),
  };
}

function resultRow(attempt: VendorAttempt) {
  const { contactId, number, end, callId, extension, durationSeconds } = attempt;
  return {
    contactId,
    number,
    at: new Date(attempt.at).toISOString(),
    status: end.toUpperCase(),
    callId,
    extension: extension ?? null,
    duration: durationSeconds,
  };
}

function resultsCsv(attempts: readonly VendorAttempt[]): Answer {
  const lines = attempts.map((attempt) =>
    Object.values(resultRow(attempt))
      .map((value) => value ?? '')
      .join(';'),
  );
  const text = ['contato;numero;data;situação;ligação;ramal;duração', ...lines, ''].join('\r\n');
  return {
    status: 200,
    contentType: 'text/csv; charset=iso-8859-1',
    body: Buffer.from(text, 'latin1'),
  };
}

/** A raw CSV body, or the first file of a multipart one. */
function csvOf({ headers, body }: ReceivedRequest): string {
  const boundary = /boundary="?([^";]+)/.exec(headers['content-type'] ?? '')?.[1];
  const text = body.toString('utf8');
  if (boundary === undefined) return text;
  const part = text.split(`--${boundary}`).find((section) => section.includes('filename=')) ?? '';
  return part.slice(part.indexOf('\r\n\r\n') + 4).replace(/\r\n$/, '');
}

/** `ID;CPF;DDD1Telefone1;DDD2Telefone2;DDD3Telefone3`, the manual's example of a line. */
function readCsv(text: string) {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !/^ID;/i.test(line))
    .map((line) => {
      const [contactId = '', cpf = '', ...phones] = line.split(';');
      return { contactId, cpf, name: '', phones: phones.filter((phone) => phone.trim() !== '') };
    });
}
