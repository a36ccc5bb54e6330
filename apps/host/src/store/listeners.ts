import type { Channel } from './store.ts';

type Handler = (payload: string) => void;

/** The listeners in this process. */
export interface Listeners {
  /** @returns stops listening */
  readonly add: (channel: Channel, handler: Handler) => () => void;
  readonly tell: (channel: Channel, payload: string) => void;
  /** Some notifications may have been missed, and it is unknown which: makes everybody refresh. */
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
