import { callAt, saveCaller } from './click2call.ts';
import { interleaved, load, type Load } from './load.ts';
import { startNodeRed } from './nodered.ts';
import { connections, engine, rounds, seconds } from './options.ts';
import { saveTenant, startBaseline, startHost } from './processes.ts';
import { report, withHostProcessor, withProcessor } from './report.ts';
import { untilShown } from './screens.ts';

export async function benchEvent(): Promise<void> {
  const baselineUrl = await startBaseline('event');
  const hostUrl = await startHost();
  await saveTenant(hostUrl, { answeredCall: {} }, ['answeredCall']);
  let sent = 0;
  const to = (url: string) => () => {
    sent += 1;
    return {
      url: `${url}/telephony-proxy/atendimentodiscador?pid=${sent}&num=41999998888&cid=c-${sent}&ramal=1001&empresaId=1042`,
      method: 'GET' as const,
    };
  };
  await load(to(hostUrl), connections, 1, 200);
  const { baseline, subject } = await interleaved(
    rounds,
    () => load(to(baselineUrl), connections, seconds, 200),
    () => withHostProcessor(hostUrl, () => load(to(hostUrl), connections, seconds, 200)),
  );
  report(
    `inbound event, durable on ${engine}, ${connections} connections`,
    engine === 'SQLite' ? 0.45 : 0.33,
    baseline,
    subject,
  );
}

export async function benchScreen(): Promise<void> {
  const hostUrl = await startHost();
  await saveTenant(hostUrl, { answeredCall: {} }, ['answeredCall']);
  await untilShown(hostUrl, 1);
  const { p50, p99 } = await untilShown(hostUrl, seconds * rounds);
  console.log(
    `answered call until the operator's screen has it, 500 a second, ${engine}\n  p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, goal 2 and 30: ${p50 <= 2 && p99 <= 30 ? 'reached' : 'BELOW'}\n`,
  );
}

export async function benchCall(): Promise<void> {
  const vendorUrl = await startBaseline('vendor');
  const baselineUrl = await startBaseline('call', { VENDOR_URL: vendorUrl });
  const byHand = (run: () => Promise<Load>) => run();
  await compareCalls(vendorUrl, `${baselineUrl}/calls`, byHand, '', 0.7);
}

/** The same call through Node-RED, with which companies build it by hand. */
export async function benchNodeRed(): Promise<void> {
  const vendorUrl = await startBaseline('vendor');
  const nodeRed = await startNodeRed(vendorUrl);
  if ('skipped' in nodeRed) {
    console.log(`nodered: skipped, because ${nodeRed.skipped}\n`);
    return;
  }
  try {
    const measured = (run: () => Promise<Load>) => withProcessor(nodeRed.processorSeconds, run);
    await compareCalls(vendorUrl, nodeRed.url, measured, ', against Node-RED', 7);
  } finally {
    await nodeRed.stop();
  }
}

async function compareCalls(
  vendorUrl: string,
  baselineUrl: string,
  measured: (run: () => Promise<Load>) => Promise<Load>,
  against: string,
  goal: number,
): Promise<void> {
  const hostUrl = await startHost();
  const hostCalls = await saveCaller(hostUrl, vendorUrl);
  const callsTo = (url: string, forSeconds = seconds) =>
    load(() => callAt(url), connections, forSeconds, 201);
  await callsTo(baselineUrl, 1);
  await callsTo(hostCalls, 1);
  const { baseline, subject } = await interleaved(
    rounds,
    () => measured(() => callsTo(baselineUrl)),
    () => withHostProcessor(hostUrl, () => callsTo(hostCalls)),
  );
  const name = `click2call, whole way, ${engine}, ${connections} connections${against}`;
  report(name, goal, baseline, subject);
}
