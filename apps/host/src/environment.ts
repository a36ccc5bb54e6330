import * as v from 'valibot';
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

const blankIsAbsent = (variables: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );

/** Everything that is set from outside the host; `docs/operating.md` shows it as a table. */
const EnvironmentSchema = v.object({
  PORT: wholeNumber('3000', 0, 65_535, 'the number of a port'),
  HOST: v.optional(v.string(), '127.0.0.1'),
  DATA_DIR: v.optional(v.string(), './data'),
  DATABASE_URL: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^postgres(ql)?:\/\//,
        'must begin with postgres:// ; leave it out for SQLite in DATA_DIR',
      ),
    ),
  ),
  TENANTS: v.optional(v.string()),
  ADAPTERS: names,
  ADMIN_KEY: v.optional(
    v.pipe(
      v.string(),
      v.minLength(24, 'must have at least 24 characters'),
      v.regex(
        /^[\x21-\x7e]*$/,
        'may have visible ASCII characters only: it is sent in a header, where blanks end it',
      ),
    ),
  ),
  MASTER_KEY: v.optional(v.string()),
  TRUST_PROXY: networks,
  EGRESS_ALLOW: networks,
  LOG_LEVEL: v.optional(
    v.picklist(
      ['fatal', 'error', 'warn', 'info', 'debug', 'silent'],
      (issue) =>
        `${JSON.stringify(issue.input)} is not a level; use fatal, error, warn, info, debug or silent`,
    ),
    'info',
  ),
  RETENTION_DAYS: wholeNumber('90', 1, 3650, 'a whole number of days'),
  DRAIN_SECONDS: wholeNumber('2', 0, 300, 'a whole number of seconds'),
});

export const environmentNames = Object.keys(EnvironmentSchema.entries);

export interface Environment {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  /** Folder of tenant documents applied at start. */
  readonly tenantsDir: string | undefined;
  /** Package names of adapters beside the bundled ones. */
  readonly adapters: readonly string[];
  readonly adminKey: string | undefined;
  readonly masterKey: string | undefined;
  readonly trustProxy: readonly string[];
  readonly egressAllow: readonly string[];
  readonly logLevel: string;
  /** How long exchanges, events and settled calls are kept. */
  readonly retentionDays: number;
  /** After SIGTERM: how long new requests are still taken, so that a load balancer can look away. */
  readonly drainSeconds: number;
}

/** A start that cannot be: the message names the place and the mend. Ends the process with exit code 2. */
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
    logLevel: values.LOG_LEVEL,
    retentionDays: values.RETENTION_DAYS,
    drainSeconds: values.DRAIN_SECONDS,
  };
}
