import * as v from 'valibot';
import { parseProxy, type Proxy } from './egress/proxy.ts';
import { isPlainNetwork } from './network.ts';

const names = v.pipe(
  v.optional(v.string(), ''),
  v.transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
);

const networks = v.pipe(
  names,
  v.array(
    v.pipe(
      v.string(),
      v.check(
        isPlainNetwork,
        (issue) =>
          `${JSON.stringify(issue.input)} is not a network; write for example 10.0.0.0/8 or 192.0.2.7`,
      ),
    ),
  ),
);

const wholeNumber = (fallback: string, from: number, to: number, meaning: string) =>
  v.pipe(
    v.optional(v.string(), fallback),
    v.regex(/^\d{1,9}$/, (issue) => `${JSON.stringify(issue.input)} is not ${meaning}`),
    v.transform(Number),
    v.minValue(from, `must be at least ${from}`),
    v.maxValue(to, `must be at most ${to}`),
  );

const proxy = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const parsed = parseProxy(dataset.value.trim());
    if (parsed) return parsed;
    // No message repeats the value, because it may contain a password.
    addIssue({
      message:
        'is not the address of a proxy; write http://proxy.example:3128, or http://user:password@proxy.example:3128',
    });
    return NEVER;
  }),
);

const blankIsAbsent = (variables: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );

/** All settings of the host. `serve --help` and the table in `docs/operating.md` describe the same. */
const EnvironmentSchema = v.object({
  PORT: v.pipe(
    wholeNumber('3000', 0, 65_535, 'the number of a port'),
    v.description('port where it listens'),
  ),
  HOST: v.pipe(v.optional(v.string(), '127.0.0.1'), v.description('address where it listens')),
  DATA_DIR: v.pipe(v.optional(v.string(), './data'), v.description('SQLite file and keys')),
  DATABASE_URL: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(
          /^postgres(ql)?:\/\//,
          'must begin with postgres:// ; leave it out for SQLite in DATA_DIR',
        ),
      ),
    ),
    v.description(
      'postgres://… (15 or later) moves everything to PostgreSQL, for any number of hosts; a host that cannot reach it at startup says why and exits with code 2',
    ),
  ),
  TENANTS: v.pipe(
    v.optional(v.string()),
    v.description('a folder of tenant documents applied at start'),
  ),
  ADAPTERS: v.pipe(
    names,
    v.description(
      'package names of additional adapters, separated by commas, installed where the host is started',
    ),
  ),
  ADMIN_KEY: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.minLength(24, 'must have at least 24 characters'),
        v.regex(
          /^[\x21-\x7e]*$/,
          'may have visible ASCII characters only: it is sent in a header, where blanks end it',
        ),
      ),
    ),
    v.description('key that may do everything, 24 visible ASCII characters or more'),
  ),
  MASTER_KEY: v.pipe(
    v.optional(v.string()),
    v.description('32 bytes in base64 that wrap the data keys; NEW,OLD while changing it'),
  ),
  TRUST_PROXY: v.pipe(networks, v.description('networks whose X-Forwarded-For is trusted')),
  EGRESS_ALLOW: v.pipe(
    networks,
    v.description(
      'private networks that connections may reach; loopback and private ranges are refused without it',
    ),
  ),
  EGRESS_PROXY: v.pipe(
    v.optional(proxy),
    v.description(
      'http://… of a proxy for everything that EGRESS_ALLOW does not name; may contain user and password',
    ),
  ),
  LOG_LEVEL: v.pipe(
    v.optional(
      v.picklist(
        ['fatal', 'error', 'warn', 'info', 'debug', 'silent'],
        (issue) =>
          `${JSON.stringify(issue.input)} is not a level; use fatal, error, warn, info, debug or silent`,
      ),
      'info',
    ),
    v.description('fatal, error, warn, info, debug, silent'),
  ),
  RETENTION_DAYS: v.pipe(
    wholeNumber('90', 1, 3650, 'a whole number of days'),
    v.description(
      'how long exchanges, events, settled calls, and ended or replaced mailings with their results are kept (up to four times as long what a queue still holds); excludeWorked looks back no further',
    ),
  ),
  DRAIN_SECONDS: v.pipe(
    wholeNumber('2', 0, 300, 'a whole number of seconds'),
    v.description('how long new requests are still served after SIGTERM'),
  ),
});

/** How people are shown the default of a variable whose schema has none. */
const standIns: Readonly<Record<string, string>> = {
  DATABASE_URL: 'SQLite in DATA_DIR',
  ADMIN_KEY: 'made at the first start',
  MASTER_KEY: 'made at the first start',
};

/** An environment variable, as the help and the docs show it. */
export interface EnvironmentVariable {
  readonly name: string;
  /** The default, in words if it is not a value. */
  readonly fallback: string;
  readonly meaning: string;
}

export const environmentVariables: readonly EnvironmentVariable[] = Object.entries(
  EnvironmentSchema.entries,
).map(([name, schema]) => ({
  name,
  fallback: standIns[name] ?? (v.getDefault(schema) || 'none'),
  meaning: v.getDescription(schema) ?? '',
}));

export interface Environment {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  /** Folder of tenant documents applied at start. */
  readonly tenantsDir: string | undefined;
  /** Package names of adapters in addition to the bundled ones. */
  readonly adapters: readonly string[];
  readonly adminKey: string | undefined;
  readonly masterKey: string | undefined;
  readonly trustProxy: readonly string[];
  readonly egressAllow: readonly string[];
  readonly egressProxy: Proxy | undefined;
  readonly logLevel: string;
  /** How long exchanges, events and settled calls are kept. */
  readonly retentionDays: number;
  /** How long new requests are still accepted after SIGTERM, so that a load balancer has time to notice. */
  readonly drainSeconds: number;
}

/** A host or command cannot start. The message names the place and the remedy; the process ends with exit code 2. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** @throws {StartError} naming every variable that cannot be used. */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): Environment {
  const result = v.safeParse(EnvironmentSchema, blankIsAbsent(variables));
  if (!result.success) {
    const lines = result.issues.map((issue) => {
      const [name] = issue.path ?? [];
      return `environment ${String(name?.key)}: ${issue.message}`;
    });
    throw new StartError(lines.join('\n'));
  }
  const values = result.output;
  return {
    port: values.PORT,
    host: values.HOST,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    tenantsDir: values.TENANTS,
    adapters: values.ADAPTERS,
    adminKey: values.ADMIN_KEY,
    masterKey: values.MASTER_KEY,
    trustProxy: values.TRUST_PROXY,
    egressAllow: values.EGRESS_ALLOW,
    egressProxy: values.EGRESS_PROXY,
    logLevel: values.LOG_LEVEL,
    retentionDays: values.RETENTION_DAYS,
    drainSeconds: values.DRAIN_SECONDS,
  };
}
