import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import * as v from 'valibot';
import { spread, type Spread } from './load.ts';
import { adminKey } from './processes.ts';

const operators = 20;
const perSecond = 500;

const ShownSchema = v.object({ callId: v.string() });

/** Answered calls at a steady pace: how long it takes from the vendor's request until the stream of the operator's screen has the event. */
export async function untilShown(hostUrl: string, seconds: number): Promise<Spread> {
  const dispatcher = new Agent({ connections: 64, pipelining: 1 });
  const sentAt = new Map<string, number>();
  const times: number[] = [];
  const shown = (callId: string) => {
    times.push(performance.now() - (sentAt.get(callId) ?? Number.NaN));
    sentAt.delete(callId);
  };
  const streams = await Promise.all(
    Array.from({ length: operators }, (_, index) => openScreen(hostUrl, extensionOf(index), shown)),
  );
  const total = perSecond * seconds;
  const startedAt = performance.now();
  const answers: Promise<void>[] = [];
  for (let sent = 0; sent < total; sent += 1) {
    const wait = startedAt + (sent * 1000) / perSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const callId = `screen-${startedAt}-${sent}`;
    sentAt.set(callId, performance.now());
    answers.push(answered(hostUrl, callId, extensionOf(sent % operators), dispatcher));
  }
  await Promise.all(answers);
  const giveUpAt = performance.now() + 5000;
  while (sentAt.size > 0 && performance.now() < giveUpAt)
    await new Promise((resolve) => setTimeout(resolve, 20));
  for (const stream of streams) stream.close();
  await dispatcher.close();
  if (sentAt.size > 0) throw new Error(`${sentAt.size} of ${total} events were never shown`);
  return spread(times);
}

const extensionOf = (index: number) => String(1001 + index);

async function answered(
  hostUrl: string,
  callId: string,
  extension: string,
  dispatcher: Agent,
): Promise<void> {
  const query = `pid=1&num=41999998888&cid=${callId}&ramal=${extension}&empresaId=1042`;
  const url = `${hostUrl}/telephony-proxy/atendimentodiscador?${query}`;
  const answer = await request(url, { dispatcher });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`the event was answered ${text}`);
}

async function openScreen(
  hostUrl: string,
  extension: string,
  shown: (callId: string) => void,
): Promise<{ readonly close: () => void }> {
  const url = `${hostUrl}/v1/tenants/1042/events?extension=${extension}`;
  const { body } = await request(url, { headers: { authorization: `Bearer ${adminKey}` } });
  const lines = createInterface({ input: body });
  // `close` cuts the stream off in the end, which is no failure.
  lines.on('error', () => undefined);
  await new Promise<void>((ready) => {
    lines.on('line', (line) => {
      if (line === 'event: ready') ready();
      if (line.startsWith('data: {"'))
        shown(v.parse(ShownSchema, JSON.parse(line.slice('data: '.length))).callId);
    });
  });
  return { close: () => body.destroy() };
}
