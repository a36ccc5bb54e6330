import * as v from 'valibot';
import { adminKey } from './tenant.ts';

const PlacedSchema = v.object({ callId: v.string() });
const ProblemSchema = v.object({ code: v.string() });

/** Through the API of a host, on the real server: a call is placed, transferred, and heard. Returns what was seen. */
export async function checkCalls(hostUrl: string): Promise<readonly string[]> {
  const ask = (path: string, body?: Readonly<Record<string, string>>, range?: string) =>
    fetch(`${hostUrl}/v1/tenants/1042${path}`, {
      headers: {
        authorization: `Bearer ${adminKey}`,
        'content-type': 'application/json',
        ...(range !== undefined && { range }),
      },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
  const transfer = () =>
    ask('/transfers', { queue: '100', extension: '1001', destination: '11988880001' });
  const call = (extension: string) =>
    ask('/calls', { queue: '100', extension, areaCode: '11', number: '999990001' });
  const codeOf = async (response: Response) => v.parse(ProblemSchema, await response.json()).code;

  const absent = await codeOf(await call('1004'));
  if (absent !== 'refused') throw new Error(`a phone that is not registered: ${absent}`);
  const idle = await codeOf(await transfer());
  if (idle !== 'refused') throw new Error(`a transfer without a call: ${idle}`);

  const placed = await call('1001');
  if (placed.status !== 201) throw new Error(`click2call: ${placed.status}`);
  const { callId } = v.parse(PlacedSchema, await placed.json());
  const early = await codeOf(await ask(`/recordings/${callId}`));
  if (early !== 'not_ready') throw new Error(`a recording while the call goes on: ${early}`);
  await within(20_000, async () => (await transfer()).status === 200, 'the call to be transferred');
  await within(
    20_000,
    async () => {
      const heard = await ask(`/recordings/${callId}`, undefined, 'bytes=0-3');
      return heard.status === 206 && (await heard.text()) === 'RIFF';
    },
    'the recording',
  );
  return [
    'a phone that is not registered, a transfer without a call: refused',
    'click2call placed, transferred, its recording heard in part',
  ];
}

async function within(ms: number, isDone: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end;) {
    if (await isDone()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`waited ${ms} ms in vain for ${what}`);
}
