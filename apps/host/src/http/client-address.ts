import { networkMatcher } from '../network.ts';
import type { HostContext } from './host-env.ts';

/** Tells where a request came from. */
export type ClientAddress = (context: HostContext) => string;

/**
 * The address of the connection or, where that is a trusted proxy, the last address of `X-Forwarded-For` that is not one: what stands
 * left of it was written by the client and may be a lie.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const isProxy = trustedProxies.length > 0 ? networkMatcher(trustedProxies) : () => false;
  return (context) => {
    const peer = context.env.incoming?.socket.remoteAddress ?? '0.0.0.0';
    if (!isProxy(peer)) return peer;
    const hops = (context.req.header('X-Forwarded-For') ?? '')
      .split(',')
      .map((hop) => hop.trim())
      .filter((hop) => hop !== '');
    return hops.findLast((hop) => !isProxy(hop)) ?? hops[0] ?? peer;
  };
}
