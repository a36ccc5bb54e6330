import type { Environment } from './environment.ts';

/** The address of a host with this environment, as seen from its own machine. */
export function addressHere({ host, port }: Pick<Environment, 'host' | 'port'>): string {
  return `http://${reachable(host)}:${port}`;
}

/** A host that listens on all interfaces is reached through the loopback address. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
