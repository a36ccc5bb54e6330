import type { AdapterContext } from '@finaz-telephony/core';
import { createTestContext } from '@finaz-telephony/testing';
import * as v from 'valibot';
import threeCx from '../src/index.ts';

/** The answers to requests such as `GET /callcontrol/101/devices`. Those of a list are given in order, the last one for ever. */
export type Answers = Readonly<Record<string, Answer | readonly Answer[]>>;
export type Answer = () => Response;

export const now = new Date('2026-11-30T15:00:00.400Z');
/** The clock of the PBX is a minute ahead. */
const there = new Date('2026-11-30T15:01:00Z');
export const startedAt = there.getTime() / 1000;
/** The id of a call to +5511987654321, with the key of the stub. */
export const callId = `${startedAt}.4711-ikenelak-101`;

export const json =
  (body: unknown, status = 200): Answer =>
  () =>
    Response.json(body, { status, headers: { date: there.toUTCString() } });

export const token = (
  accessToken = 'opaque-token-of-the-stub',
  more: Readonly<Record<string, unknown>> = { expires_in: 3600 },
) => json({ token_type: 'Bearer', access_token: accessToken, refresh_token: null, ...more });

const isList = (answer: Answer | readonly Answer[]): answer is readonly Answer[] =>
  Array.isArray(answer);

export interface StubPbx {
  readonly context: AdapterContext;
  /** The requests, with their bodies. */
  readonly asked: string[];
  readonly tokens: (string | null)[];
  /** The requests whose answers were kept out of the log. */
  readonly withheld: string[];
  readonly adapter: ReturnType<typeof threeCx.create>;
}

/** An adapter, and a PBX that gives these answers. */
export function stubPbx(
  answers: Answers,
  settings: Readonly<Record<string, unknown>> = {},
  more: Partial<AdapterContext> = {},
): StubPbx {
  const asked: string[] = [];
  const tokens: (string | null)[] = [];
  const withheld: string[] = [];
  const counts = new Map<string, number>();
  const all: Answers = { 'POST /connect/token': token(), ...answers };
  return {
    asked,
    tokens,
    withheld,
    adapter: threeCx.create(
      v.parse(threeCx.settings, {
        baseUrl: 'https://pbx.example:5001/',
        clientId: '8300',
        apiKey: 'key-of-the-client',
        ...settings,
      }),
    ),
    context: {
      ...createTestContext({ now: () => now }),
      fetch: async (url, { method = 'GET', body, headers, withholdAnswer } = {}) => {
        const { pathname, search } = new URL(url);
        const route = `${method} ${decodeURIComponent(pathname)}`;
        const isLogin = pathname === '/connect/token';
        asked.push(isLogin || typeof body !== 'string' ? `${route}${search}` : `${route} ${body}`);
        if (withholdAnswer) withheld.push(route.replace(/\(.*/, ''));
        tokens.push(new Headers(headers).get('authorization'));
        const known = Object.entries(all).find(([key]) => route.startsWith(key))?.[1];
        if (known === undefined) throw new Error(`nothing is planned for ${route}`);
        const list = isList(known) ? known : [known];
        const count = counts.get(route) ?? 0;
        counts.set(route, count + 1);
        const answer = list[Math.min(count, list.length - 1)];
        if (!answer) throw new Error(`no answer is planned for ${route}`);
        return answer();
      },
      ...more,
    },
  };
}

export const devices = json([
  { dn: '101', device_id: 'sip:101@127.0.0.1:5060', user_agent: 'Yealink T46' },
  { dn: '101', device_id: 'sip:101@10.0.0.9:5063', user_agent: '3CX Web Client' },
]);
export const leg = (more: Readonly<Record<string, unknown>> = {}) => ({
  id: 31,
  status: 'Dialing',
  dn: '101',
  party_caller_name: '',
  party_caller_id: '11987654321',
  device_id: 'sip:101@127.0.0.1:5060',
  callid: 4711,
  legid: 1,
  ...more,
});
export const accepted = (result: unknown = leg(), finalstatus: unknown = 'Success') =>
  json({ finalstatus, reason: 'None', reasontext: '', result });

export const call = {
  queue: '7',
  extension: '101',
  phone: { kind: 'mobile', e164: '+5511987654321', areaCode: '11', number: '987654321' },
  parameters: {},
  attemptId: 'a-1',
} as const;
