import { finding, TelephonyError, type Finding } from '@finaz-telephony/core';
import * as v from 'valibot';
import type { ServerAccess } from '../setup/server-access.ts';
import { reload } from './reload.ts';
import type { Ari } from './server.ts';

const InfoSchema = v.object({ system: v.object({ version: v.string() }) });

/** Which parts of the server can be checked further, so that a broken part is reported once, and not again by everything that depends on it. */
export type Access = 'none' | 'no-ari' | 'read-only' | 'full';

/** Address, encryption, the REST user and the version. */
export async function* checkAccess(
  access: ServerAccess,
  ari: Ari,
  now: () => Date,
): AsyncGenerator<Finding, Access> {
  const address = new URL(access.baseUrl);
  let answer;
  try {
    answer = await ari('GET', '/asterisk/info');
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    yield finding.broken(
      'http',
      `no answer at ${address.host}: ${error.message}`,
      httpMend(error, address),
    );
    return 'none';
  }
  yield finding.ok('http', `${address.host} answers`);
  yield encryption(address);
  const refusal = ariRefusal(answer.status, access, address);
  if (refusal) {
    yield refusal;
    return 'no-ari';
  }
  const info = v.safeParse(InfoSchema, answer.json);
  if (!info.success) {
    yield finding.broken(
      'ari',
      `${address.host} answers ${answer.status}, but not as Asterisk does`,
      "settings of the connection: the address must be that of Asterisk's own web server (http.conf: bindaddr and bindport, or tlsbindaddr)",
    );
    return 'no-ari';
  }
  yield finding.ok('ari-credentials', `the REST interface accepts the user "${access.ari.user}"`);
  yield* versionFinding(info.output.system.version);
  const rights = await ariWrites(access, ari);
  yield rights;
  yield clock(answer.date, now());
  return rights.state === 'ok' ? 'full' : 'read-only';
}

/** What is wrong if the REST interface does not answer authorised users as it should. */
function ariRefusal(status: number, access: ServerAccess, address: URL): Finding | undefined {
  if (status === 401) {
    return finding.broken(
      'ari-credentials',
      `the REST interface does not accept the user "${access.ari.user}" with this password`,
      `ari.conf: a section [${access.ari.user}] with "type = user" and "password = " as the secret of the connection; run "asterisk setup --write" to write both anew, ${reload('module reload res_ari.so')}`,
    );
  }
  if (status === 403) {
    return finding.broken(
      'ari-credentials',
      `the REST interface does not let the user "${access.ari.user}" in from the address of the host`,
      `ari.conf, [${access.ari.user}]: a "permit" for the address of the host (seen by ${address.hostname}); "asterisk setup --host-address" writes it; ${reload('module reload res_ari.so')}`,
    );
  }
  if (status === 404 || status === 503) {
    return finding.broken(
      'ari',
      `the web server answers ${status} at /ari: the REST interface is off or not loaded`,
      `ari.conf: [general] "enabled = yes"; modules.conf: no "noload" for res_ari*.so; then restart Asterisk`,
    );
  }
  return undefined;
}

function httpMend(error: TelephonyError, { protocol, port }: URL): string {
  const line =
    protocol === 'https:'
      ? `"tlsenable = yes", "tlsbindaddr = ADDRESS:${port || '443'}", "tlscertfile", "tlsprivatekey"`
      : `"enabled = yes", "bindaddr = ADDRESS", "bindport = ${port || '80'}"`;
  // The hint of the error comes first, because it knows best: if a certificate is not trusted, the web server itself is fine.
  const own = error.hint === undefined ? '' : `${error.hint} Otherwise: `;
  return `${own}http.conf, [general]: ${line}; open that port of the firewall for the address of the host; ${reload('module reload http')}`;
}

function encryption({ protocol, hostname }: URL): Finding {
  if (protocol === 'https:') return finding.ok('tls', 'the connection is encrypted');
  if (['127.0.0.1', 'localhost', '[::1]'].includes(hostname))
    return finding.ok('tls', 'not encrypted, on the machine itself');
  return finding.warning(
    'tls',
    'not encrypted: passwords and numbers of debtors travel in the clear',
    'http.conf, [general]: "tlsenable = yes", "tlsbindaddr = ADDRESS:8089", "tlscertfile", "tlsprivatekey"; then https://…:8089 in the settings of the connection',
  );
}

function* versionFinding(text: string): Generator<Finding> {
  const [major = 0, minor = 0] = text.split('.').map((part) => Number.parseInt(part, 10));
  const oldest: Readonly<Record<number, number>> = { 16: 28, 18: 14, 19: 6 };
  const fits = major >= 20 || (oldest[major] !== undefined && minor >= oldest[major]);
  yield fits
    ? finding.ok('version', `Asterisk ${text}`)
    : finding.broken(
        'version',
        `Asterisk ${text} has no DBGetTree, by which results are read`,
        'install Asterisk 22, or at least 16.28, 18.14, 19.6 or 20',
      );
}

/** Deletes a channel that cannot exist: a user who may write learns that it does not exist, one who may only read gets 403. */
async function ariWrites({ ari: { user } }: ServerAccess, ari: Ari): Promise<Finding> {
  const { status } = await ari('DELETE', '/channels/finaz-doutor-nenhum');
  return status === 403
    ? finding.broken(
        'ari-rights',
        `the user "${user}" of the REST interface may only read`,
        `ari.conf, [${user}]: "read_only = no"; ${reload('module reload res_ari.so')}`,
      )
    : finding.ok('ari-rights', `the user "${user}" of the REST interface may place calls`);
}

function clock(date: string | null, here: Date): Finding {
  const there = Date.parse(date ?? '');
  if (Number.isNaN(there))
    return finding.warning(
      'clock',
      'the server tells no time',
      'compare the clocks by hand: date -u',
    );
  const seconds = Math.round((there - here.getTime()) / 1000);
  return Math.abs(seconds) <= 5
    ? finding.ok('clock', `the clocks differ by ${Math.abs(seconds)} s`)
    : finding.warning(
        'clock',
        `the clock of the server is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}: times of results and calling hours are off by that`,
        'on both machines: timedatectl set-ntp true',
      );
}
