import { request } from 'node:http';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { platformCode } from '../platform-code.ts';
import { untraced } from '../tracing.ts';

/** The proxy through which requests leave the network of this host (`EGRESS_PROXY`). */
export interface Proxy {
  readonly hostname: string;
  readonly port: number;
  /** Value of `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

/** `undefined` if the address is not valid. @param address `http://user:password@host:port` */
export function parseProxy(address: string): Proxy | undefined {
  const url = /^http:\/\/[^/?#]+\/?$/i.test(address) ? URL.parse(address) : null;
  if (!url) return undefined;
  try {
    const login = [url.username, url.password].map(decodeURIComponent).join(':');
    return {
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port === '' ? 80 : url.port),
      authorization: login === ':' ? undefined : `Basic ${Buffer.from(login).toString('base64')}`,
    };
  } catch {
    return undefined;
  }
}

/** Why the proxy opens no connection, so that the company is not told to look for the fault in its telephone system. */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure';
  readonly code: string;
  readonly reason: string;
  readonly hint: string;

  constructor(code: string, reason: string, hint: string, cause?: unknown) {
    super(reason, { cause });
    this.code = code;
    this.reason = reason;
    this.hint = hint;
  }
}

export interface ProxyOptions {
  /** Returns only addresses that were checked. */
  readonly lookup: LookupFunction;
  /** Whether an address lies in a network that the operator of the host has opened and is reached without the proxy. */
  readonly isOwn: (address: string) => boolean;
  readonly timeoutMs: number;
  /** How long one of several addresses is tried before the next. */
  readonly addressMs: number;
}

/** Opens a socket to a server through the proxy; `undefined` if the server is reached without it. */
export type OpenWay = (hostname: string, port: number) => Promise<Socket | undefined>;

/**
 * Opens connections through a proxy by `CONNECT`. The proxy gets the address that was checked here and not the name, because its own lookup could lead it into
 * a network that must not be reached. Several addresses are tried one after the other until the proxy reaches one.
 */
export function createWay(proxy: Proxy, options: ProxyOptions): OpenWay {
  const { lookup, isOwn, timeoutMs, addressMs } = options;

  async function connectFirst(targets: readonly string[], until: number): Promise<Socket> {
    const [target = '', ...others] = targets;
    const leftMs = until - performance.now();
    const isLast = others.length === 0;
    try {
      return await connect(proxy, target, isLast ? leftMs : Math.min(leftMs, addressMs));
    } catch (error) {
      if (isLast || !isUnreached(error) || performance.now() >= until) throw error;
    }
    return connectFirst(others, until);
  }

  return async (hostname, port) => {
    const addresses = isIP(hostname) === 0 ? await allAddresses(lookup, hostname) : [hostname];
    if (addresses.slice(0, 1).some(isOwn)) return undefined;
    const targets = addresses
      .filter((address) => !isOwn(address))
      .map((address) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`));
    return connectFirst(targets, performance.now() + timeoutMs);
  };
}

function allAddresses(lookup: LookupFunction, hostname: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    lookup(hostname, { all: true }, (error, found) => {
      if (error) reject(error);
      else resolve(typeof found === 'string' ? [found] : found.map(({ address }) => address));
    });
  });
}

function connect(
  { hostname, port, authorization }: Proxy,
  target: string,
  timeoutMs: number,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const asked = untraced(() =>
      request({
        host: hostname,
        port,
        method: 'CONNECT',
        path: target,
        agent: false,
        headers: {
          Host: target,
          Connection: 'keep-alive',
          ...(authorization !== undefined && { 'Proxy-Authorization': authorization }),
        },
      }),
    );
    const timer = setTimeout(() => asked.destroy(silent()), timeoutMs);
    asked.once('connect', ({ statusCode = 0 }, socket) => {
      clearTimeout(timer);
      if (statusCode >= 200 && statusCode < 300) return resolve(socket.setNoDelay(true));
      socket.destroy();
      reject(refused(statusCode));
    });
    asked.once('error', (error) => {
      clearTimeout(timer);
      reject(error instanceof ProxyFailure ? error : unreachable(error));
    });
    asked.end();
  });
}

/** Whether the proxy does not reach the telephone system at this address, so that another address is worth trying. */
const isUnreached = (error: unknown): boolean =>
  error instanceof ProxyFailure && /^PROXY_(?:SILENT|5\d\d)$/.test(error.code);

const lookAtProxy = 'The operator of the host looks at EGRESS_PROXY, and whether the proxy is up.';

const unreachable = (error: Error) =>
  new ProxyFailure(
    platformCode(error),
    'The proxy by which this host sends cannot be reached',
    lookAtProxy,
    error,
  );

const silent = () =>
  new ProxyFailure(
    'PROXY_SILENT',
    'The proxy by which this host sends did not open a way in time',
    'Check whether the telephone system is up, and whether its firewall lets the proxy in.',
  );

function refused(status: number): ProxyFailure {
  const code = `PROXY_${status}`;
  if (status === 407)
    return new ProxyFailure(
      code,
      'The proxy by which this host sends does not accept its user and password',
      'The operator of the host writes them into EGRESS_PROXY: http://user:password@proxy:3128.',
    );
  if (status >= 500)
    return new ProxyFailure(
      code,
      'The proxy by which this host sends does not reach the telephone system',
      'Check whether the telephone system is up, and whether its firewall lets the proxy in.',
    );
  return new ProxyFailure(
    code,
    'The proxy by which this host sends does not let it through',
    'The operator of the proxy allows this host CONNECT to the address and port of the telephone system; it is named by its number, for that is what was checked.',
  );
}
