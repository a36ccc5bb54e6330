import { Agent, request } from 'undici';

/** Percentiles of times, in milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
}

export interface Load extends Spread {
  readonly perSecond: number;
  /** Processor time of the server for each request, in µs. */
  readonly processor?: number;
}

export interface LoadRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends requests over this many connections for this many seconds. Throws if an answer has another status than the expected one. */
export async function load(
  next: () => LoadRequest,
  connections: number,
  seconds: number,
  expected: number,
): Promise<Load> {
  const dispatcher = new Agent({ connections, pipelining: 1 });
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) {
        const { url, method, headers = {}, body } = next();
        const sentAt = performance.now();
        const answer = await request(url, { method, headers, body: body ?? null, dispatcher });
        const text = await answer.body.text();
        if (answer.statusCode !== expected)
          throw new Error(`${url} answered ${answer.statusCode}: ${text}`);
        times.push(performance.now() - sentAt);
      }
    }),
  );
  const perSecond = times.length / ((performance.now() - startedAt) / 1000);
  await dispatcher.close();
  return { perSecond, ...spread(times) };
}

export function spread(times: readonly number[]): Spread {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Runs baseline and subject in turns, so that other work on the machine disturbs both alike. */
export async function interleaved<Result>(
  rounds: number,
  baseline: () => Promise<Result>,
  subject: () => Promise<Result>,
): Promise<{ baseline: Result[]; subject: Result[] }> {
  const results = { baseline: [] as Result[], subject: [] as Result[] };
  for (let round = 0; round < rounds; round += 1) {
    results.baseline.push(await baseline());
    results.subject.push(await subject());
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
