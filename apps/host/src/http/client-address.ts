import { networkMatcher } from '../network.ts';
import type { HostContext } from './host-env.ts';

/** Tells where a request came from. */
export type ClientAddress = (context: HostContext) => string;

/**
 * The address of the connection or, if that is a trusted proxy, the last address of `X-Forwarded-For` that is not one: everything
 * to the left of it was written by the client and may be a lie.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const isProxy = trustedProxies.length > 0 ? networkMatcher(trustedProxies) : () => false;
  return (context) => {
    const peer = context.env.incoming?.socket.remoteAddress ?? '0.0.0.0';
    if (!isProxy(peer)) return peer;
    const hops = (context.req.header('X-Forwarded-For') ?? '')
      .split(',')
      .map((hop) => withoutPort(hop.trim()))
      .filter((hop) => hop !== '');
    return hops.findLast((hop) => !isProxy(hop)) ?? hops[0] ?? peer;
  };
}

/** IIS and the gateways of Azure write the port, too: `203.0.113.9:50812`, `[2001:db8::9]:50812`. */
function withoutPort(hop: string): string {
  const [, version6, version4] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(hop) ?? [];
  return version6 ?? version4 ?? hop;
}
