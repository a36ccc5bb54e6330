import type { Channel } from './store.ts';

type Handler = (payload: string) => void;

/** Who in this process wants to hear of what. */
export function createListeners() {
  const handlers: Readonly<Record<Channel, Set<Handler>>> = {
    tenants: new Set(),
    events: new Set(),
    mailings: new Set(),
  };
  const tell = (channel: Channel, payload: string) => {
    for (const handler of handlers[channel]) handler(payload);
  };
  return {
    add: (channel: Channel, handler: Handler): (() => void) => {
      handlers[channel].add(handler);
      return () => handlers[channel].delete(handler);
    },
    tell,
    tellAll: (payload: string): void => {
      tell('tenants', payload);
      tell('events', payload);
      tell('mailings', payload);
    },
  };
}
