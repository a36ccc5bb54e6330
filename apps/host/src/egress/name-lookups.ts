import { lookup } from 'node:dns';
import { bulkhead, type BulkheadPolicy } from 'cockatiel';
import { inTime } from '../in-time.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Resolves all addresses of a name. Injectable, so that hostile answers can be tested. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/**
 * The system tries a name whose server is dead for ten seconds or more, and cannot be cancelled. The limit is shorter than that for a connection; otherwise
 * the error would be about the connection and not about the name.
 */
const longestWaitMs = 4000;
/** Lookups that one company may have at once: a small part of what the host can do (`threads` in `cli/restart-as-host.ts`). */
const mostOfOneCompany = 4;

/**
 * Resolves names through the system, with a limit for each company. The system does only a few lookups at once: without the limit, calls of one company to a
 * dead name would block the lookups of all others for minutes.
 */
export function createNameLookups(ask: Resolve = askSystem): (company: string) => Resolve {
  const ofAll = new Map<string, ReturnType<Resolve>>();
  const ofCompany = new Map<string, ReturnType<Resolve>>();
  const turns = new Map<string, BulkheadPolicy>();

  /** Companies share a lookup that is running, but not one that waits for its turn: another company may not have to wait for the same name. */
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

/** Concurrent lookups share one answer. Nothing is cached: the next connection resolves the name again. */
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

/** The error that the system gives for a server that does not answer. */
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
