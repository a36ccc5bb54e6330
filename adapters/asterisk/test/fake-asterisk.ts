import type { AdapterContext, ContextRequestInit } from '@finaz-telephony/core';
import { createTestContext } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { AsteriskSettingsSchema } from '../src/settings.ts';

export const settings = v.parse(AsteriskSettingsSchema, {
  baseUrl: 'http://pbx.example:8088',
  ari: { password: 'a-password' },
  ami: { password: 'a-password' },
  transferSeconds: 0,
});

/** What Asterisk answers to one request; `undefined` stands for 404 of ARI, and for success of the manager interface. */
export interface Answers {
  readonly ari?: (method: string, path: string) => Response | undefined;
  readonly ami?: (action: URLSearchParams) => string | undefined;
}

/** An Asterisk with these answers. `done` lists what it was asked to do, without logins and lookups. */
export function fakeAsterisk({ ari, ami }: Answers) {
  const done: string[] = [];
  async function fetch(url: string | URL, init: ContextRequestInit = {}): Promise<Response> {
    const { pathname, search } = new URL(url);
    const { method = 'GET' } = init;
    const body = typeof init.body === 'string' ? init.body : '';
    if (pathname !== '/rawman') {
      const path = `${pathname.replace('/ari', '')}${search}`;
      if (method !== 'GET') done.push(`${method} ${path}`);
      return ari?.(method, path) ?? Response.json({ message: 'not found' }, { status: 404 });
    }
    const action = new URLSearchParams(body);
    const name = action.get('Action') ?? '';
    if (!lookups.has(name)) done.push([...action.values()].join(' '));
    const headers = { 'set-cookie': 'mansession_id="a1"' };
    const text = ami?.(action) ?? 'Response: Success\r\nMessage: ok\r\n\r\n';
    return new Response(text, { headers });
  }
  const context: AdapterContext = { ...createTestContext(), fetch };
  return { context, done };
}

const lookups: ReadonlySet<string> = new Set([
  'Login',
  'Logoff',
  'Getvar',
  'QueueSummary',
  'DBGet',
  'DBGetTree',
]);

/** The value of a variable or an expression, as the manager tells it. */
export const valueOf = (value: string) => `Response: Success\r\nValue: ${value}\r\n\r\n`;
export const refusal = (words: string) => `Response: Error\r\nMessage: ${words}\r\n\r\n`;
/** One entry of AstDB. */
export const entryOf = (value: string) => `Response: Success\r\n\r\nVal: ${value}\r\n\r\n`;
