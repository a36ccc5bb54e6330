import * as v from 'valibot';
import { ShownMailingSchema, type ShownMailing } from '../../src/mailings/show-mailing.ts';
import { jsonOf } from './json.ts';
import type { TestHost } from './test-host.ts';

export const TakenShape = v.object({
  mailingId: v.string(),
  total: v.number(),
  rejected: v.number(),
  state: v.string(),
});
export const RejectsShape = v.object({
  rejects: v.array(
    v.looseObject({ line: v.number(), kind: v.string(), reason: v.string(), message: v.string() }),
  ),
  next: v.nullable(v.string()),
});
export const ContactsShape = v.object({
  contacts: v.array(
    v.looseObject({
      contactId: v.string(),
      state: v.string(),
      vendor: v.nullable(v.looseObject({})),
    }),
  ),
  next: v.nullable(v.string()),
});

export interface TestContact {
  readonly contactId: string;
  readonly name: string;
  readonly cpf: string;
  readonly phones: readonly { readonly areaCode: string; readonly number: string }[];
}

/** Contacts with ids and numbers of their own, beginning at one. */
export function contacts(count: number, first = 1): TestContact[] {
  return Array.from({ length: count }, (_, index) => ({
    contactId: `c-${first + index}`,
    name: 'Maria da Silva',
    cpf: '52998224725',
    phones: [{ areaCode: '41', number: `9${String(88_000_001 + first + index)}` }],
  }));
}

/** Sends a mailing and gives its id. */
export async function sendMailing(
  host: TestHost,
  body: readonly unknown[],
  queue = '7',
): Promise<string> {
  const response = await host.tenant(`/mailings?queue=${queue}`, { json: body });
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  return (await jsonOf(response, TakenShape)).mailingId;
}

export async function mailing(host: TestHost, id: string): Promise<ShownMailing> {
  return jsonOf(await host.tenant(`/mailings/${id}`), ShownMailingSchema);
}

/** Follows the progress of a mailing until it is as wanted. */
export async function until(
  host: TestHost,
  id: string,
  isDone: (mailing: ShownMailing) => boolean,
): Promise<ShownMailing> {
  const response = await host.tenant(`/mailings/${id}/progress`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data === undefined) continue;
      const shown = v.parse(ShownMailingSchema, JSON.parse(data));
      // Leaving the loop ends the stream.
      if (isDone(shown)) return shown;
      if (shown.state === 'stopped')
        throw new Error(`the mailing has stopped: ${JSON.stringify(shown.error)}`);
    }
  }
  throw new Error('the stream of progress ended before the mailing was as wanted');
}

export const isIn =
  (...states: readonly string[]) =>
  ({ state }: ShownMailing): boolean =>
    states.includes(state);
