import { TelephonyError, type AdapterContext, type FeatureName } from '@finaz-telephony/core';
import { refuseFromInFront } from './in-front.ts';
import { onlyLooking } from './not-sent.ts';
import type { AsteriskSettings } from './settings.ts';

/** An action of the manager interface; a list sends its key once per item. */
export type AmiAction = Readonly<Record<string, string | readonly string[]>>;

export interface AmiAnswer {
  readonly isSuccess: boolean;
  readonly message: string;
  readonly text: string;
}

export type Act = (action: AmiAction) => Promise<AmiAnswer>;

/**
 * Writes into AstDB, and resolves when the data is on disk. Writes once more if Asterisk ended in between and has lost some of it.
 *
 * @param isKept checks AstDB: after "Success", Asterisk takes back what it cannot write to disk (which is full, or another process reads the database)
 * @throws {TelephonyError} `unavailable` if it was not kept, or if Asterisk ends again
 */
export type Durably = <Written>(
  write: () => Promise<Written>,
  isKept: () => Promise<boolean>,
) => Promise<Written>;

/** What one operation of a feature works with at the manager interface. */
export interface AmiWork {
  readonly settings: AsteriskSettings;
  readonly context: AdapterContext;
  readonly feature: FeatureName | undefined;
}

/** Asterisk writes AstDB to disk once a second: data written less than that ago is lost when it dies. */
export const durableAfterMs = 1500;
/** Answers may list a whole queue. */
const largestAnswer = 128 * 1024 ** 2;

/** @throws {TelephonyError} `unavailable` if the interface is not there */
async function post(
  { settings, context, feature }: AmiWork,
  action: AmiAction,
  cookie: string | undefined,
): Promise<{
  readonly text: string;
  readonly cookie: string | undefined;
  readonly status: number;
}> {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(action)) {
    // A line break in a value would begin a line of its own in the answer: a forged field.
    for (const item of [value].flat())
      form.append(name, item.replace(/[\u0000-\u001f\u007f]/g, ' '));
  }
  const response = await context.fetch(`${settings.baseUrl}/rawman`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(cookie !== undefined && { cookie }),
    },
    body: form.toString(),
    maxResponseBytes: largestAnswer,
    signal: context.signal,
  });
  // Asterisk answers 404 while it is starting, too.
  if (response.status === 404) {
    await response.body?.cancel();
    throw managerIsOff(feature);
  }
  refuseFromInFront(response, feature);
  const given = /mansession_id="?[0-9a-f]+"?/i.exec(response.headers.get('set-cookie') ?? '')?.[0];
  return { text: await response.text(), cookie: given, status: response.status };
}

/** The status of AMI over HTTP is 200 for errors too: the body decides. */
function read(text: string): AmiAnswer {
  const field = (name: string) => new RegExp(`^${name}: (.*?)\\r?$`, 'm').exec(text)?.[1] ?? '';
  const response = field('Response');
  return {
    isSuccess: response === 'Success' || response === 'Goodbye',
    message: field('Message'),
    text,
  };
}

/**
 * Logs in, runs a batch of actions, and logs off within seconds, because Asterisk keeps every event of the server in memory for an open session.
 *
 * @throws {TelephonyError} `auth_failed` for wrong credentials and for a missing permission
 */
export async function inAmiSession<Result>(
  work: AmiWork,
  run: (act: Act, durably: Durably) => Promise<Result>,
): Promise<Result> {
  let cookie = await logIn(work);
  let logins = 1;
  async function ask(action: AmiAction): Promise<AmiAnswer> {
    const { text, status } = await post(work, action, cookie);
    if (!/^Response: /m.test(text)) throw notOfManager(status, text, work.feature);
    return read(text);
  }
  async function act(action: AmiAction): Promise<AmiAnswer> {
    const answer = await ask(action);
    if (answer.message !== 'Permission denied') return answer;
    // Nothing was done: the session has expired, Asterisk was restarted, or the permission is missing. A new login tells them apart.
    cookie = await logIn(work);
    logins += 1;
    const again = await ask(action);
    if (again.message === 'Permission denied') throw missingRight(action, work.feature);
    return again;
  }
  async function durably<Written>(
    write: () => Promise<Written>,
    isKept: () => Promise<boolean>,
  ): Promise<Written> {
    for (let tries = 1; tries <= 2; tries += 1) {
      const before = logins;
      const written = await write();
      await new Promise((resolve) => setTimeout(resolve, durableAfterMs));
      const isThere = await isKept();
      // Sessions live in the memory of one run of Asterisk: if this one is still known, Asterisk has not been restarted since.
      await act({ Action: 'DBGet', Family: 'finaz', Key: 'x' });
      if (logins !== before) continue;
      if (isThere) return written;
      throw writtenInVain(work.feature, notKept);
    }
    throw writtenInVain(work.feature, endsAgain);
  }
  try {
    return await run(act, durably);
  } finally {
    // If the connection is gone, the session expires by itself.
    await post(work, { Action: 'Logoff' }, cookie).catch(() => undefined);
  }
}

/** @returns the cookie of the session */
async function logIn(work: AmiWork): Promise<string> {
  const { settings, feature } = work;
  const { user, password } = settings.ami;
  const login = await onlyLooking(() =>
    post(work, { Action: 'Login', Username: user, Secret: password, Events: 'off' }, undefined),
  );
  const welcome = read(login.text);
  if (!welcome.isSuccess || login.cookie === undefined) throw loginFailed(welcome, login, feature);
  return login.cookie;
}

function loginFailed(
  answer: AmiAnswer,
  { status, text }: { readonly status: number; readonly text: string },
  feature: FeatureName | undefined,
): TelephonyError {
  return new TelephonyError({
    code: answer.message === '' ? 'unreadable_response' : 'auth_failed',
    message: 'Asterisk does not accept the login of the manager interface (AMI).',
    hint: 'Compare ami.user and ami.password with manager.conf, and its permit with the address of this host.',
    vendor: {
      status,
      message: answer.message,
      ...(answer.message === '' && { excerpt: text.slice(0, 200) }),
    },
    ...(feature && { feature }),
  });
}

/** The answer comes from a proxy in between: it is unknown whether the action was carried out, for instance a transfer. */
function notOfManager(
  status: number,
  text: string,
  feature: FeatureName | undefined,
): TelephonyError {
  return new TelephonyError({
    code: 'unreadable_response',
    message: 'Something other than the manager interface (AMI) of Asterisk answered.',
    hint: 'Look at the proxy or firewall between this host and Asterisk.',
    delivery: 'unknown',
    vendor: { status, excerpt: text.slice(0, 200) },
    ...(feature && { feature }),
  });
}

function managerIsOff(feature: FeatureName | undefined): TelephonyError {
  return new TelephonyError({
    code: 'unavailable',
    message:
      'Asterisk does not serve its manager interface (AMI) over HTTP, or is only just starting.',
    hint: 'If it has been running for a while: set enabled=yes and webenabled=yes in manager.conf.',
    vendor: { status: 404 },
    ...(feature && { feature }),
  });
}

const writtenInVain = (
  feature: FeatureName | undefined,
  words: { readonly message: string; readonly hint: string },
): TelephonyError =>
  new TelephonyError({
    code: 'unavailable',
    ...words,
    delivery: 'unknown',
    ...(feature && { feature }),
  });

const notKept = {
  message:
    'Asterisk could not write its database (AstDB) to the disk, and has undone what it had just accepted.',
  hint: 'Look whether the disk is full (astdb.sqlite3, by default in /var/lib/asterisk), and whether a backup reads that file; its log has "Error executing SQL (COMMIT)".',
};

const endsAgain = {
  message:
    'Asterisk was restarted, or its login expired, repeatedly while data was being written to it.',
  hint: 'Look whether it is stable; where it is, set httptimeout = 60 in manager.conf.',
};

const classOf: Readonly<Record<string, string>> = {
  BlindTransfer: 'call',
  Getvar: 'call',
  Hangup: 'call',
  Originate: 'originate',
  DBPut: 'system',
  DBGet: 'system',
  DBGetTree: 'system',
  DBDel: 'system',
  DBDelTree: 'system',
};

/** Right after a login the session has not expired, so the permission is missing. */
function missingRight(action: AmiAction, feature: FeatureName | undefined): TelephonyError {
  const name = String(action['Action']);
  return new TelephonyError({
    code: 'auth_failed',
    message: `The AMI user of the connection lacks the right for ${name}.`,
    hint: `Add "${classOf[name] ?? 'call,originate,system,agent'}" to write= of the user in manager.conf, then "manager reload".`,
    vendor: { status: 200, message: 'Permission denied' },
    ...(feature && { feature }),
  });
}

/** The entries of an AstDB family, by the rest of their keys. */
export async function readTree(act: Act, family: string): Promise<Map<string, string>> {
  const { text } = await act({ Action: 'DBGetTree', Family: family });
  return entriesOf(text, family);
}

/** The entries of an AstDB family whose keys begin with `begin`. */
export async function readBeginning(
  act: Act,
  family: string,
  begin: string,
): Promise<Map<string, string>> {
  const { text } = await act({ Action: 'DBGetTree', Family: `${family}/${begin}%` });
  return entriesOf(text, family);
}

function entriesOf(text: string, family: string): Map<string, string> {
  const entries = new Map<string, string>();
  for (const match of text.matchAll(/^Key: \/(.*?)\r?\nVal: (.*?)\r?$/gm)) {
    const [, key = '', value = ''] = match;
    // The server matches with LIKE; only entries that are really in the family count.
    if (key.startsWith(`${family}/`)) entries.set(key.slice(family.length + 1), value);
  }
  return entries;
}

/** One entry of AstDB; `undefined` where there is none. */
export async function readEntry(
  act: Act,
  family: string,
  key: string,
): Promise<string | undefined> {
  const answer = await act({ Action: 'DBGet', Family: family, Key: key });
  if (!answer.isSuccess) return undefined;
  const value = /^Val: (.*?)\r?$/m.exec(answer.text)?.[1];
  return value ?? (await readTree(act, family)).get(key);
}

/** The value of an expression of the dialplan. */
export async function evaluate(act: Act, expression: string): Promise<string> {
  const { text } = await act({ Action: 'Getvar', Variable: expression });
  return /^Value: (.*?)\r?$/m.exec(text)?.[1] ?? '';
}
