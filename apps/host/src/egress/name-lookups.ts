import { lookup } from 'node:dns';
import { bulkhead, type BulkheadPolicy } from 'cockatiel';
import { inTime } from '../in-time.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. Injectable, so that hostile answers can be tried. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/**
 * The system asks for a name whose server is dead for ten seconds and more, and cannot be stopped. This is shorter than the wait for a connection: else
 * the end of that would be told, and not that of the name.
 */
const longestWaitMs = 4000;
/** So many names of one company are asked for at once: a small part of those that the host can ask for (`threads` in `cli/restart-as-host.ts`). */
const mostOfOneCompany = 4;

/**
 * Asks the system for the addresses of names, for each company apart. The system asks for few at once: were each connection to ask by itself, as the platform
 * does, the calls of one company to a dead name would keep those of all others from having theirs for minutes.
 */
export function createNameLookups(ask: Resolve = askSystem): (company: string) => Resolve {
  const ofAll = new Map<string, ReturnType<Resolve>>();
  const ofCompany = new Map<string, ReturnType<Resolve>>();
  const turns = new Map<string, BulkheadPolicy>();

  /** What waits for its turn is shared with no other company, which may ask for the same name and not wait. What is being asked is. */
  function inTurn(company: string, hostname: string): ReturnType<Resolve> {
    const turn = turns.get(company) ?? bulkhead(mostOfOneCompany, Number.POSITIVE_INFINITY);
    turns.set(company, turn);
    return turn.execute(() => once(ofAll, hostname, () => ask(hostname)));
  }

  return (company) => (hostname) =>
    inTime(
      longestWaitMs,
      once(ofCompany, `${company}\n${hostname}`, () => inTurn(company, hostname)),
      notInTime,
    );
}

/** Concurrent lookups share one answer. Nothing is cached: the next connection asks again. */
function once(
  underWay: Map<string, ReturnType<Resolve>>,
  name: string,
  ask: () => ReturnType<Resolve>,
): ReturnType<Resolve> {
  const known = underWay.get(name);
  if (known) return known;
  const asked = ask().finally(() => underWay.delete(name));
  underWay.set(name, asked);
  return asked;
}

/** As the system says it of a server that does not answer. */
const notInTime = (): Error =>
  Object.assign(new Error('the name was not resolved in time'), { code: 'EAI_AGAIN' });

function askSystem(hostname: string): Promise<readonly ResolvedAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(hostname, { all: true, order: 'ipv4first' }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses);
    });
  });
}
