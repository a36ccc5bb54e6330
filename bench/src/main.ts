// Speed against a bare baseline in the same run: only the ratios mean something.
//   node bench/src/main.ts [event] [screen] [call] [nodered] [recording] [requests] [file] [results] [neighbour] [language] [--seconds N] [--rounds N] [--contacts N]
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { languageBenches, type Pace } from './language.ts';
import { interleaved, load, median, type Load } from './load.ts';
import {
  cancelMailing,
  fetchResults,
  loadByFile,
  loadByRequest,
  loadMailing,
  rawLoop,
  sendMailing,
  untilLoaded,
  type HostUse,
} from './mailings.ts';
import { bareFile, parseAlone, resultsByReport } from './bare-files.ts';
import { callAt, saveCaller } from './click2call.ts';
import { startNginx } from './nginx.ts';
import { startNodeRed } from './nodered.ts';
import { untilShown } from './screens.ts';
import {
  adminKey,
  processorSeconds,
  saveTenant,
  startBaseline,
  startHost,
  stopAll,
} from './processes.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    contacts: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const connections = 32;
const engine = process.env['DATABASE_URL'] === undefined ? 'SQLite' : 'PostgreSQL';

function report(
  name: string,
  goal: number,
  baseline: readonly Load[],
  subject: readonly Load[],
  unit = 'req/s',
): void {
  const rate = (loads: readonly Load[]) => median(loads.map(({ perSecond }) => perSecond));
  const ratio = median(
    subject.map(({ perSecond }, index) => perSecond / (baseline[index]?.perSecond ?? Number.NaN)),
  );
  const time = (loads: readonly Load[]) =>
    `p50 ${median(loads.map(({ p50 }) => p50)).toFixed(1)} ms, p99 ${median(loads.map(({ p99 }) => p99)).toFixed(1)} ms`;
  const used = (loads: readonly Load[]) => {
    const processor = median(loads.flatMap((each) => each.processor ?? []));
    const each = unit === 'MB/s' ? 'each MB' : 'each';
    return processor > 0 ? `, ${processor.toFixed(0)} µs of processor time ${each}` : '';
  };
  const line = (loads: readonly Load[]) =>
    `${rate(loads).toFixed(0)} ${unit} (${time(loads)}${used(loads)})`;
  console.log(`${name}\n  baseline ${line(baseline)}\n  host     ${line(subject)}`);
  console.log(
    `  ratio    ${ratio.toFixed(2)}, goal ${goal.toFixed(2)}: ${ratio >= goal ? 'reached' : 'BELOW'}\n`,
  );
}

/** With the processor time that its server has used for each request, or megabyte. */
async function withProcessor(
  usedBy: () => Promise<number>,
  run: () => Promise<Load>,
): Promise<Load> {
  const before = await usedBy();
  const startedAt = performance.now();
  const done = await run();
  const took = (performance.now() - startedAt) / 1000;
  const used = (await usedBy()) - before;
  return { ...done, processor: (used / (done.perSecond * took)) * 1e6 };
}

async function benchEvent(): Promise<void> {
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
    () =>
      withProcessor(
        () => processorSeconds(hostUrl),
        () => load(to(hostUrl), connections, seconds, 200),
      ),
  );
  report(
    `inbound event, durable on ${engine}, ${connections} connections`,
    engine === 'SQLite' ? 0.45 : 0.33,
    baseline,
    subject,
  );
}

async function benchScreen(): Promise<void> {
  const hostUrl = await startHost();
  await saveTenant(hostUrl, { answeredCall: {} }, ['answeredCall']);
  await untilShown(hostUrl, 1);
  const { p50, p99 } = await untilShown(hostUrl, seconds * rounds);
  console.log(
    `answered call until the operator's screen has it, 500 a second, ${engine}\n  p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, goal 2 and 30: ${p50 <= 2 && p99 <= 30 ? 'reached' : 'BELOW'}\n`,
  );
}

async function benchCall(): Promise<void> {
  const vendorUrl = await startBaseline('vendor');
  const baselineUrl = await startBaseline('call', { VENDOR_URL: vendorUrl });
  const byHand = (run: () => Promise<Load>) => run();
  await compareCalls(vendorUrl, `${baselineUrl}/calls`, byHand, '', 0.7);
}

/** The same flow in what companies build it with by hand. */
async function benchNodeRed(): Promise<void> {
  const vendorUrl = await startBaseline('vendor');
  const nodeRed = await startNodeRed(vendorUrl);
  if ('skipped' in nodeRed) {
    console.log(`nodered: skipped, for ${nodeRed.skipped}\n`);
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
    () =>
      withProcessor(
        () => processorSeconds(hostUrl),
        () => callsTo(hostCalls),
      ),
  );
  const name = `click2call, whole way, ${engine}, ${connections} connections${against}`;
  report(name, goal, baseline, subject);
}

async function benchRecording(): Promise<void> {
  const vendorUrl = await startBaseline('audio');
  const nginx = await startNginx(vendorUrl);
  if (!nginx) {
    console.log('recording: skipped, for nginx is not here and cannot be installed\n');
    return;
  }
  const hostUrl = await startHost();
  await saveTenant(
    hostUrl,
    { baseUrl: vendorUrl, recording: { request: { url: '/calls/{{ callId }}/recording' } } },
    ['recording'],
  );
  const listen = async (url: string, listeners: number): Promise<Load> => {
    const startedAt = performance.now();
    const sizes = await Promise.all(Array.from({ length: listeners }, () => download(url)));
    const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1024 / 1024;
    const took = performance.now() - startedAt;
    return { perSecond: megabytes / (took / 1000), p50: took, p99: took };
  };
  // Both sides warm: a host serves recordings all day, its first one is not the measure.
  for (let round = 0; round < 4; round += 1) {
    await listen(`${nginx.url}/calls/c-1/recording`, 2);
    await listen(`${hostUrl}/v1/tenants/1042/recordings/c-1`, 2);
  }
  for (const listeners of [1, 4]) {
    const { baseline, subject } = await interleaved(
      rounds + 2,
      () => listen(`${nginx.url}/calls/c-1/recording`, listeners),
      () =>
        withProcessor(
          () => processorSeconds(hostUrl),
          () => listen(`${hostUrl}/v1/tenants/1042/recordings/c-1`, listeners),
        ),
    );
    report(
      `recording of 100 MB, ${listeners} listener${listeners > 1 ? 's' : ''}, against nginx proxy_pass`,
      1,
      baseline,
      subject,
      'MB/s',
    );
  }
  await nginx.stop();
}

async function download(url: string): Promise<number> {
  const { request } = await import('undici');
  const answer = await request(url, { headers: { authorization: `Bearer ${adminKey}` } });
  if (answer.statusCode !== 200) throw new Error(await answer.body.text());
  let size = 0;
  for await (const chunk of answer.body) size += chunk.length;
  return size;
}

async function benchRequests(): Promise<void> {
  const count = Number(values.contacts ?? 100_000);
  const vendorUrl = await startBaseline('vendor');
  const hostUrl = await startHost();
  const settings = { baseUrl: vendorUrl, contactLoad: loadByRequest };
  await saveTenant(hostUrl, settings, ['contactLoad']);
  await loadMailing(hostUrl, '1', 2000);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const raw = await rawLoop(vendorUrl, count, 64);
    const host = await loadMailing(hostUrl, '1', count);
    ratios.push(host.loaded / raw);
    console.log(
      `${count} contacts one request each, ${engine}: bare loop ${raw.toFixed(0)}/s, host ${host.loaded.toFixed(0)}/s (taken in at ${host.takenIn.toFixed(0)}/s, ${use(host)})`,
    );
  }
  told(median(ratios), engine === 'SQLite' ? 0.65 : 0.55);
}

async function benchFile(): Promise<void> {
  const count = Number(values.contacts ?? 1_000_000);
  const vendorUrl = await startBaseline('vendor');
  const hostUrl = await startHost();
  await saveTenant(hostUrl, { baseUrl: vendorUrl, contactLoad: loadByFile }, ['contactLoad']);
  const bare = await bareFile(vendorUrl, count);
  const host = await loadMailing(hostUrl, '1', count);
  console.log(
    `${count} contacts as one file, ${engine}: read plain and sent ${bare.toFixed(0)}/s, host ${host.loaded.toFixed(0)}/s until settled (taken in at ${host.takenIn.toFixed(0)}/s, ${use(host)})`,
  );
  told(host.loaded / bare, 0.7);
}

async function benchResults(): Promise<void> {
  const count = Number(values.contacts ?? 1_000_000);
  const vendorUrl = await startBaseline('vendor');
  const hostUrl = await startHost();
  const dialerResults = resultsByReport(count);
  const settings = { baseUrl: vendorUrl, contactLoad: loadByFile, dialerResults };
  await saveTenant(hostUrl, settings, ['contactLoad', 'dialerResults']);
  const { id } = await loadMailing(hostUrl, '1', count);
  const bare = await parseAlone(vendorUrl, count);
  const host = await fetchResults(hostUrl, id, count);
  console.log(
    `${count} results parsed, mapped, stored, ${engine}: csv-parse alone ${bare.toFixed(0)}/s, host ${host.perSecond.toFixed(0)}/s (${use(host)})`,
  );
  told(host.perSecond / bare, 0.5);
}

/** One tenant's telephone system hangs while it loads; another tenant's calls must not feel it. */
async function benchNeighbour(): Promise<void> {
  const hanging = createServer((socket) => void socket.on('error', () => socket.destroy()));
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
  const address = hanging.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const vendorUrl = await startBaseline('vendor');
  const hostUrl = await startHost();
  const call = {
    request: { method: 'POST', url: '/calls', body: { json: { number: '{{ number }}' } } },
  };
  const loading = { baseUrl: `http://127.0.0.1:${port}`, contactLoad: loadByRequest };
  await saveTenant(hostUrl, { baseUrl: vendorUrl, click2call: call }, ['click2call']);
  await saveTenant(hostUrl, loading, ['contactLoad'], '2084');
  const byFile = { baseUrl: vendorUrl, contactLoad: loadByFile };
  await saveTenant(hostUrl, byFile, ['contactLoad'], '3126');
  const calls = () => load(() => callAt(`${hostUrl}/v1/tenants/1042/calls`), 4, seconds, 201);
  await calls();
  const beside = async (
    what: string,
    tenant: string,
    count: number,
    end: (hostUrl: string, tenant: string, id: string) => Promise<void>,
  ) => {
    const { baseline, subject } = await interleaved(rounds + 2, calls, async () => {
      const id = await sendMailing(hostUrl, tenant, '1', count);
      const measured = await calls();
      await end(hostUrl, tenant, id);
      return measured;
    });
    const p99 = (loads: readonly Load[]) => median(loads.map((each) => each.p99));
    const [quiet, busy] = [p99(baseline), p99(subject)];
    const each = subject.map(
      (one, index) => `${baseline[index]?.p99.toFixed(1)}/${one.p99.toFixed(1)}`,
    );
    const isRight = busy <= quiet * 1.2 || busy - quiet <= 20;
    console.log(
      `click2call beside another tenant's ${what}, ${engine}: p99 ${quiet.toFixed(1)} ms quiet, ${busy.toFixed(1)} ms beside it (by round ${each.join(', ')}): ${isRight ? 'reached' : 'BELOW'}\n`,
    );
  };
  await beside('load on a telephone system that hangs', '2084', 20_000, cancelMailing);
  await beside('load of one file of 200,000', '3126', 200_000, untilLoaded);
  hanging.close();
}

async function benchLanguage(): Promise<void> {
  for (const { name, unit, baseline, subject } of languageBenches()) {
    // Once before anything counts: both are compiled while they run.
    await baseline();
    await subject();
    const paces = await interleaved(rounds, baseline, subject);
    const rate = (list: readonly Pace[]) => median(list.map(({ perSecond }) => perSecond));
    const ratio = median(
      paces.subject.map(
        ({ perSecond }, index) => perSecond / (paces.baseline[index]?.perSecond ?? Number.NaN),
      ),
    );
    const cost = (list: readonly Pace[]) => `${(1e6 / rate(list)).toFixed(1)} µs each`;
    console.log(
      `language: ${name}\n  by hand  ${rate(paces.baseline).toFixed(0)} ${unit}/s (${cost(paces.baseline)})\n  template ${rate(paces.subject).toFixed(0)} ${unit}/s (${cost(paces.subject)})`,
    );
    told(ratio, 0.5);
  }
}

const use = ({ rss, processor }: HostUse) =>
  `RSS ${rss.toFixed(0)} MB of 250, ${processor.toFixed(1)} µs of processor time each`;

const told = (ratio: number, goal: number) =>
  console.log(
    `  ratio    ${ratio.toFixed(2)}, goal ${goal.toFixed(2)}: ${ratio >= goal ? 'reached' : 'BELOW'}\n`,
  );

const benches: Readonly<Record<string, () => Promise<void>>> = {
  event: benchEvent,
  screen: benchScreen,
  call: benchCall,
  nodered: benchNodeRed,
  recording: benchRecording,
  requests: benchRequests,
  file: benchFile,
  results: benchResults,
  neighbour: benchNeighbour,
  language: benchLanguage,
};
const chosen = positionals.length === 0 ? Object.keys(benches) : positionals;
try {
  for (const name of chosen) {
    const bench = benches[name];
    if (!bench)
      throw new Error(`there is no bench "${name}"; there is ${Object.keys(benches).join(', ')}`);
    await bench();
  }
} finally {
  await stopAll();
}
