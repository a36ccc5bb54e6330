import { request } from 'undici';
import { interleaved, type Load } from './load.ts';
import { startNginx } from './nginx.ts';
import { rounds } from './options.ts';
import { adminKey, saveTenant, startBaseline, startHost } from './processes.ts';
import { report, withHostProcessor } from './report.ts';

export async function benchRecording(): Promise<void> {
  const vendorUrl = await startBaseline('audio');
  const nginx = await startNginx(vendorUrl);
  if (!nginx) {
    console.log(
      'recording: skipped, because nginx is not installed here and cannot be installed\n',
    );
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
  // Both sides are warmed up first: a host serves recordings all day, so its first one is not the measure.
  for (let round = 0; round < 4; round += 1) {
    await listen(`${nginx.url}/calls/c-1/recording`, 2);
    await listen(`${hostUrl}/v1/tenants/1042/recordings/c-1`, 2);
  }
  for (const listeners of [1, 4]) {
    const { baseline, subject } = await interleaved(
      rounds + 2,
      () => listen(`${nginx.url}/calls/c-1/recording`, listeners),
      () =>
        withHostProcessor(hostUrl, () =>
          listen(`${hostUrl}/v1/tenants/1042/recordings/c-1`, listeners),
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
  const answer = await request(url, { headers: { authorization: `Bearer ${adminKey}` } });
  if (answer.statusCode !== 200) throw new Error(await answer.body.text());
  let size = 0;
  for await (const chunk of answer.body) size += chunk.length;
  return size;
}
