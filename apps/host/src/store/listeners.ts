import type { Channel } from './store.ts';

type Handler = (payload: string) => void;

/** Who in this process wants to hear of what. */
export interface Listeners {
  /** @returns the way to stop */
  readonly add: (channel: Channel, handler: Handler) => () => void;
  readonly tell: (channel: Channel, payload: string) => void;
  /** Some may have been missed, and nobody knows which: tells everybody to look anew. */
  readonly tellMissed: () => void;
}

export function createListeners(): Listeners {
  const handlers: Readonly<Record<Channel, Set<Handler>>> = {
    tenants: new Set(),
    events: new Set(),
    mailings: new Set(),
  };
  return {
    add(channel, handler) {
      handlers[channel].add(handler);
      return () => handlers[channel].delete(handler);
    },
    tell(channel, payload) {
      for (const handler of handlers[channel]) handler(payload);
    },
    tellMissed() {
      for (const all of Object.values(handlers)) for (const handler of all) handler('*');
    },
  };
}
