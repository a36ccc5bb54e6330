import { startTestHost, type TestHost } from './test-host.ts';

interface FileHostOptions {
  /** Over what the connection is told of a load. */
  readonly contactLoad?: Readonly<Record<string, unknown>>;
  readonly contactClear?: Readonly<Record<string, unknown>>;
  /** In seconds; short, for systems that never answer. */
  readonly timeout?: number;
  readonly rules?: Readonly<Record<string, unknown>>;
}

/** A host whose telephone system takes mailings as files of ids, POST /contacts, and clears its queue, DELETE /contacts. */
export function startFileHost(
  baseUrl: string,
  {
    contactLoad,
    contactClear = { request: { method: 'DELETE', url: '/contacts' } },
    timeout = 0.4,
    rules = {},
  }: FileHostOptions = {},
): Promise<TestHost> {
  const settings = {
    baseUrl,
    contactClear,
    contactLoad: {
      unit: 'file',
      request: { method: 'POST', url: '/contacts' },
      file: { line: 'ID', header: false },
      ...contactLoad,
    },
  };
  const dialer = { adapter: 'generic-http', settings, limits: { timeout } };
  return startTestHost({
    document: {
      connections: { dialer },
      features: { contactLoad: 'dialer', contactClear: 'dialer' },
      rules,
    },
  });
}

/** The ids of a file that it was sent. */
export const idsIn = (file: string): string[] => file.trimEnd().split('\r\n');
