import { Counter, Gauge, type Registry } from 'prom-client';
import type { ReadProgress } from './read-progress.ts';

export interface ResultsMetrics {
  /** `outcome`: `complete`, or the code of the error that ended the fetch early. */
  readonly fetched: (tenant: string, outcome: string, progress: ReadProgress | undefined) => void;
}

export function createResultsMetrics(registry: Registry): ResultsMetrics {
  const fetches = new Counter({
    name: 'telephony_results_fetches_total',
    help: 'Fetches of results by tenant and outcome',
    labelNames: ['tenant', 'outcome'],
    registers: [registry],
  });
  const attempts = new Counter({
    name: 'telephony_results_attempts_total',
    help: 'Attempts in the reports of dialers by tenant and what became of them',
    labelNames: ['tenant', 'kind'],
    registers: [registry],
  });
  const lastComplete = new Gauge({
    name: 'telephony_results_last_complete_timestamp_seconds',
    help: 'When results of a company were last fetched to their end, since the start of the host',
    labelNames: ['tenant'],
    registers: [registry],
  });
  return {
    fetched(tenant, outcome, progress) {
      fetches.inc({ tenant, outcome });
      if (outcome === 'complete') lastComplete.setToCurrentTime({ tenant });
      if (!progress) return;
      for (const kind of ['added', 'changed', 'foreign', 'unreadable'] as const)
        attempts.inc({ tenant, kind }, progress[kind]);
    },
  };
}
