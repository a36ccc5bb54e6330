import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Outcomes of outbound work by tenant, connection and feature. `outcome` is `accepted`, `in_doubt` or an error code. */
export interface FeatureMetrics {
  /** Starts the clock; the returned function is called once with the outcome. */
  readonly start: (
    tenant: string,
    connection: string,
    feature: string,
  ) => (outcome: string) => void;
}

export function createFeatureMetrics(registry: Registry): FeatureMetrics {
  const total = new Counter({
    name: 'telephony_feature_requests_total',
    help: 'Requests of features by tenant, connection, feature and outcome',
    labelNames: ['tenant', 'connection', 'feature', 'outcome'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'telephony_feature_duration_seconds',
    help: 'Time from the request of a feature until its outcome',
    labelNames: ['tenant', 'connection', 'feature'],
    buckets: [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60],
    registers: [registry],
  });
  const lastAccepted = new Gauge({
    name: 'telephony_connection_last_accepted_timestamp_seconds',
    help: 'When a connection last did what it was asked for, since the start of the host',
    labelNames: ['tenant', 'connection'],
    registers: [registry],
  });
  return {
    start(tenant, connection, feature) {
      const startedAt = performance.now();
      return (outcome) => {
        total.inc({ tenant, connection, feature, outcome });
        if (outcome === 'accepted') lastAccepted.setToCurrentTime({ tenant, connection });
        seconds.observe({ tenant, connection, feature }, (performance.now() - startedAt) / 1000);
      };
    },
  };
}
