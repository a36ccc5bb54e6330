import { createTestContext } from '@finaz-telephony/testing';
import { conformanceTests, type ConformanceVendor } from '@finaz-telephony/testing/conformance';
import { startThreeCx, type ThreeCxSimulator } from '@finaz-telephony/testing/simulators';
import * as v from 'valibot';
import threeCx from '../src/index.ts';

const operator = '1001';
/** Long enough for both to talk, and then for rows and recordings to be there. */
const untilTalkingMs = 10_000;
const untilReportedMs = 30_000;

const settingsOf = (baseUrl: string) => ({ baseUrl, clientId: '8300', apiKey: '3cx-s3nha' });

/** The id of a call that was really placed and hung up. */
async function callOf(
  pbx: ThreeCxSimulator,
  number: string,
  untilAskedMs = untilReportedMs,
): Promise<string> {
  const { features } = threeCx.create(v.parse(threeCx.settings, settingsOf(pbx.url)));
  const phone = { kind: 'fixed', e164: `+5541${number}`, areaCode: '41', number } as const;
  const placed = await features.click2call?.(
    { queue: '7', extension: operator, phone, parameters: {}, attemptId: 'a-1' },
    createTestContext(),
  );
  pbx.pass(untilTalkingMs);
  for (const call of pbx.state.liveCalls()) pbx.state.hangUp(call);
  pbx.pass(untilAskedMs);
  return placed?.callId ?? '';
}

async function startVendor(): Promise<ConformanceVendor> {
  const pbx = await startThreeCx();
  const existing = await callOf(pbx, '33334444');
  // The last two digits say that nobody answers.
  const missing = await callOf(pbx, '33334420');
  const later = await callOf(pbx, '33335555', 0);
  const countOf = (path: RegExp) => pbx.journal.filter((entry) => path.test(entry.path)).length;
  const event = { number: '41999998888', callId: '41999998888', extension: operator };
  return {
    url: pbx.url,
    requestCount: () => pbx.journal.length,
    callRequestCount: () => countOf(/\/makecall$/),
    transferRequestCount: () => countOf(/\/transferto$/),
    placedCalls: () =>
      pbx.state.calls.map(({ number, segments: [first] }) => ({
        extension: first?.dn ?? '',
        number,
      })),
    transferredCalls: () =>
      pbx.state.calls.flatMap(({ segments }) =>
        segments
          .filter(({ referredBy }) => referredBy !== '')
          .map(({ referredBy, dialed, dn }) => ({
            extension: referredBy,
            destination: dialed ?? dn,
          })),
      ),
    endLogins: () => pbx.loginElsewhere(),
    misbehave(fault) {
      if (fault.kind !== 'hang') return pbx.faults.next('*', fault);
      pbx.faults.next('click2call', fault);
      pbx.faults.next('transfer', fault);
    },
    refuseCalls: () => ({ words: pbx.refuseNextCall() }),
    recordings: () => ({ existing, missing, later }),
    connectCall() {
      const [phone] = pbx.state.operators.get(operator)?.devices ?? [];
      pbx.state.place(operator, phone?.id ?? '', '4133334444');
      pbx.pass(untilTalkingMs);
    },
    answeredEvent: () =>
      new Request(
        `https://host.example/callbacks/1042/pabx?num=${event.number}&cid=${event.callId}&ramal=${operator}`,
      ),
    answeredCalls: () => [event],
    close: pbx.close,
  };
}

conformanceTests({
  definition: threeCx,
  startVendor,
  settings: settingsOf,
  settingsWithWrongCredentials: (url) => ({ ...settingsOf(url), apiKey: 'wrong' }),
});
