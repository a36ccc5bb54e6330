import { TelephonyError, type AdapterContext } from '@finaz-telephony/core';
import { authorization } from '../ari.ts';
import type { ServerAccess } from '../setup/server-access.ts';

/** An answer as received; a body that is not JSON is `undefined`. */
export interface AriAnswer {
  readonly status: number;
  readonly json: unknown;
  /** The server's clock, from its `Date` header. */
  readonly date: string | null;
}

export type Fields = Readonly<Record<string, string>>;

/** One login of the manager interface: its answers are text, and its HTTP status is 200 for errors too. */
export interface ManagerSession {
  readonly ask: (fields: Fields) => Promise<ManagerAnswer>;
  readonly logoff: () => Promise<void>;
}

/** The blocks of an answer: the response first, then its events. */
export type ManagerAnswer = readonly ReadonlyMap<string, string>[];

const timeoutMs = 8000;

/** A request to the server's REST interface. `askAri` would throw what a doctor reports: a refused login, a missing right, an interface that is off. */
export type Ari = (method: string, path: string, json?: unknown) => Promise<AriAnswer>;

export function createAri(access: ServerAccess, context: AdapterContext): Ari {
  return async (method, path, json) => {
    const response = await context.fetch(`${access.baseUrl}/ari${path}`, {
      method,
      headers: {
        authorization: authorization(access),
        ...(json !== undefined && { 'content-type': 'application/json' }),
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      timeoutMs,
      signal: context.signal,
    });
    const date = response.headers.get('date');
    return { status: response.status, json: parsed(await response.text()), date };
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How a login at the manager interface ends: with a session, or with the status and words of the refusal. */
export type Knock =
  | { readonly session: ManagerSession }
  | { readonly session?: never; readonly status: number; readonly words: string };

/** Logs in; a refusal is an answer here, unlike in `inAmiSession`. A session that stays open holds every event in the server's memory: log off in a `finally`. */
export async function openManager(
  { baseUrl, ami }: ServerAccess,
  context: AdapterContext,
): Promise<Knock> {
  let cookie = '';
  const post = async (fields: Fields) => {
    const response = await context.fetch(`${baseUrl}/rawman`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(cookie !== '' && { cookie }),
      },
      body: new URLSearchParams(fields).toString(),
      timeoutMs,
      signal: context.signal,
    });
    const given = /mansession_id="?([0-9a-f]+)"?/.exec(response.headers.get('set-cookie') ?? '');
    if (given?.[1] !== undefined) {
      context.conceal?.(given[1]);
      cookie = `mansession_id="${given[1]}"`;
    }
    return { status: response.status, blocks: blocksOf(await response.text()) };
  };
  const login = await post({ Action: 'Login', Username: ami.user, Secret: ami.password });
  const [head] = login.blocks;
  if (login.status !== 200 || head?.get('Response') !== 'Success')
    return { status: login.status, words: head?.get('Message') ?? '' };
  return {
    session: {
      ask: async (fields) => (await post(fields)).blocks,
      async logoff() {
        try {
          await post({ Action: 'Logoff' });
        } catch (error) {
          // A server that no longer answers has no session to end.
          if (!TelephonyError.isInstance(error)) throw error;
        }
      },
    },
  };
}

function blocksOf(text: string): ReadonlyMap<string, string>[] {
  return text
    .split(/\r?\n\r?\n/)
    .filter((block) => block.trim() !== '')
    .map(
      (block) =>
        new Map(
          block.split(/\r?\n/).flatMap((line): [string, string][] => {
            const colon = line.indexOf(':');
            return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()]];
          }),
        ),
    );
}

/** Value of a global variable or function; `undefined` if the user may not read it or there is none. */
export async function variable(session: ManagerSession, name: string): Promise<string | undefined> {
  const [head] = await session.ask({ Action: 'Getvar', Variable: name });
  return head?.get('Response') === 'Success' ? head.get('Value') : undefined;
}
