import { setTimeout as pause } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';
import { startLoopbackServer } from '@finaz-telephony/testing';
import { wholeBody } from './whole-body.ts';

/**
 * How a request of a load or a clear is treated. `lostBefore`: the connection breaks before anything is taken; `lostAfter`: behind it; `slow`: it lies there
 * for a while before it is looked at; `allButOne`: the first contact of a file is refused, and the others are taken.
 */
export type Mood =
  | 'refuse'
  | 'busy'
  | 'auth'
  | 'broken'
  | 'lostBefore'
  | 'lostAfter'
  | 'slow'
  | 'allButOne';

const slowMs = 80;

export interface VendorQueue {
  /** How often each contact was taken since the last clear. */
  readonly held: Map<string, number>;
  /** Every contact that was ever taken. */
  readonly ever: Set<string>;
}

/** A telephone system with moods that watches what must never be: contacts of two mailings in one queue, or a contact twice. */
export interface MoodyVendor {
  readonly url: string;
  readonly queues: Map<string, VendorQueue>;
  /** Contacts that a person wants sent again. */
  readonly wanted: Set<string>;
  /** What was wrong, in words. */
  readonly wrongs: string[];
  /** The next requests meet these. */
  readonly moods: Mood[];
  /** What lies there and was not looked at is gone, as when its sender dies. */
  readonly drop: () => void;
  /** Resolves when everything that lies there was looked at. */
  readonly lookAtAll: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @param isRepeatable whether it is said to bear a contact, or a file after a clear, that comes again */
export async function startMoodyVendor(isRepeatable: boolean): Promise<MoodyVendor> {
  const queues = new Map<string, VendorQueue>();
  const wanted = new Set<string>();
  const wrongs: string[] = [];
  const moods: Mood[] = [];
  const lying = new Set<{ isGone: boolean; readonly wait: Promise<void> }>();
  const queueOf = (name: string): VendorQueue => {
    const queue = queues.get(name) ?? { held: new Map(), ever: new Set() };
    queues.set(name, queue);
    return queue;
  };

  function take(name: string, contactId: string, isKeyed: boolean): void {
    const { held, ever } = queueOf(name);
    if (!isRepeatable && ever.has(contactId) && !wanted.delete(contactId))
      wrongs.push(`${contactId} was sent again, and nobody wanted that`);
    const mailing = contactId.split('-')[0];
    const stranger = [...held.keys()].find((id) => id.split('-')[0] !== mailing);
    if (stranger !== undefined)
      wrongs.push(`${contactId} was loaded into queue ${name} beside ${stranger}`);
    const count = (held.get(contactId) ?? 0) + 1;
    if (count > 1 && !isKeyed) wrongs.push(`${contactId} was loaded twice into queue ${name}`);
    held.set(contactId, isKeyed ? 1 : count);
    ever.add(contactId);
  }

  const server = await startLoopbackServer(async (request, response) => {
    const body = (await wholeBody(request))?.toString();
    if (body === undefined) return;
    // A clear does not lie there: it is contacts that should be under way when something happens.
    const isQuick = request.method === 'DELETE' && moods[0] === 'slow';
    const mood = isQuick ? undefined : moods.shift();
    if (mood === 'lostBefore') return void response.destroy();
    if (mood === 'slow') {
      const item = { isGone: false, wait: pause(slowMs) };
      lying.add(item);
      await item.wait;
      lying.delete(item);
      if (item.isGone) return void response.destroy();
    } else if (mood !== undefined && mood !== 'lostAfter' && mood !== 'allButOne')
      return refuse(response, mood);
    const [, , name = '', what = ''] = (request.url ?? '').split('/');
    const rejected: { id: string }[] = [];
    if (request.method === 'DELETE') queueOf(name).held.clear();
    else if (what === 'file') {
      const lines = body.split('\r\n').filter((text) => text !== '');
      if (lines.length === 0) wrongs.push(`an empty file came into queue ${name}`);
      const ids = lines.map((line) => line.split(';')[0] ?? '');
      if (mood === 'allButOne') rejected.push({ id: ids.shift() ?? '' });
      for (const id of ids) take(name, id, false);
    } else if (what !== 'activate') take(name, body.slice(1, -1), request.method === 'PUT');
    if (mood === 'lostAfter') return void response.destroy();
    // As a real one: not within the same turn of the loop, so that commands and crashes come in between.
    setTimeout(() => response.end(JSON.stringify({ ok: true, rejected })), 6);
  });
  return {
    url: server.url,
    queues,
    wanted,
    wrongs,
    moods,
    drop() {
      for (const item of lying) item.isGone = true;
    },
    lookAtAll: async () => void (await Promise.all([...lying].map(({ wait }) => wait))),
    close: server.close,
  };
}

const statusOf = { refuse: 422, busy: 429, auth: 401, broken: 500 } as const;

function refuse(response: ServerResponse, mood: keyof typeof statusOf): void {
  response.writeHead(statusOf[mood], mood === 'busy' ? { 'Retry-After': '0' } : {});
  response.end('{"ok":false}');
}
