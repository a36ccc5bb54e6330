import { createServer } from 'node:net';
import { bareFile, parseAlone, resultsByReport } from './bare-files.ts';
import { callAt } from './click2call.ts';
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
import { contacts, engine, rounds, seconds } from './options.ts';
import { saveTenant, startBaseline, startHost } from './processes.ts';
import { reportRatio } from './report.ts';

export async function benchRequests(): Promise<void> {
  const count = contacts ?? 100_000;
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
  reportRatio(median(ratios), engine === 'SQLite' ? 0.65 : 0.55);
}

export async function benchFile(): Promise<void> {
  const count = contacts ?? 1_000_000;
  const vendorUrl = await startBaseline('vendor');
  const hostUrl = await startHost();
  await saveTenant(hostUrl, { baseUrl: vendorUrl, contactLoad: loadByFile }, ['contactLoad']);
  const bare = await bareFile(vendorUrl, count);
  const host = await loadMailing(hostUrl, '1', count);
  console.log(
    `${count} contacts as one file, ${engine}: read plain and sent ${bare.toFixed(0)}/s, host ${host.loaded.toFixed(0)}/s until settled (taken in at ${host.takenIn.toFixed(0)}/s, ${use(host)})`,
  );
  reportRatio(host.loaded / bare, 0.7);
}

export async function benchResults(): Promise<void> {
  const count = contacts ?? 1_000_000;
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
  reportRatio(host.perSecond / bare, 0.5);
}

/** One tenant's telephone system hangs while it loads; another tenant's calls must not feel it. */
export async function benchNeighbour(): Promise<void> {
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

const use = ({ rss, processor }: HostUse) =>
  `RSS ${rss.toFixed(0)} MB of 250, ${processor.toFixed(1)} µs of processor time each`;
