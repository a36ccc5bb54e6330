import { setTimeout as wait } from 'node:timers/promises';
import { finding, type Finding } from '@finaz-telephony/core';
import { doctorNotes } from '../families.ts';
import { reload } from './reload.ts';
import { variable, type Ari, type ManagerSession } from './server.ts';

type Task = 'evento' | 'gravacao';
const patienceMs = 12_000;

/** A server that can be asked to work through the REST interface; what it has done is read through the manager interface. */
export interface Examined {
  readonly session: ManagerSession;
  readonly ari: Ari;
  readonly signal: AbortSignal;
}

/** Has the server do something in a channel of its own, and reads what it has left in AstDB; `undefined` if nothing came. */
async function ask(
  task: Task,
  key: string,
  { session, ari, signal }: Examined,
): Promise<readonly string[] | undefined> {
  const { status } = await ari('POST', '/channels', {
    endpoint: `Local/${task}@finaz-doutor/n`,
    context: 'finaz-doutor',
    extension: 'espera',
    priority: 1,
    timeout: 10,
    channelId: key,
    variables: { __CHAVE: key },
  });
  if (status !== 200) return undefined;
  const place = { Family: doctorNotes, Key: key };
  const until = Date.now() + patienceMs;
  let value: string | undefined;
  while (value === undefined && Date.now() < until) {
    await wait(200, undefined, { signal });
    const blocks = await session.ask({ Action: 'DBGet', ...place });
    value = blocks.map((block) => block.get('Val')).find((text) => text !== undefined);
  }
  await session.ask({ Action: 'DBDel', ...place });
  await ari('DELETE', `/channels/${key}`);
  return value?.split('|');
}

const newKey = () => `finaz-doutor-${crypto.randomUUID().slice(0, 8)}`;

/** Has the server write a recording, reads it, and removes it. */
export async function checkRecording(examined: Examined): Promise<Finding> {
  const { ari } = examined;
  const key = newKey();
  const done = await ask('gravacao', key, examined);
  if (!done) return unanswered('recording');
  const path = `/recordings/stored/${key}`;
  const { status } = await ari('GET', path);
  if (status === 200) {
    await ari('DELETE', path);
    return finding.ok('recording', 'a recording was written, read and removed');
  }
  return finding.broken(
    'recording',
    'the server wrote a recording, but it is not where the REST interface looks for it: the folder is missing or not writable',
    'install -d -o asterisk -g asterisk -m 750 /var/spool/asterisk/recording (below "astspooldir" of asterisk.conf); where [globals] has FINAZ_GRAVACOES, it must be that folder',
  );
}

/** Has the server itself call the host, through the same gate as an event. */
export async function checkEventAddress(examined: Examined): Promise<Finding> {
  const host = await variable(examined.session, 'FINAZ_HOST');
  if (host === undefined || host === '')
    return finding.broken(
      'event',
      'the server does not know the address of the host: no answered call is told',
      `finaz-extensions.conf, [globals]: write it with "asterisk setup --host-url https://… --write /etc/asterisk"; ${reload('dialplan reload')}`,
    );
  const done = await ask('evento', newKey(), examined);
  if (!done) return unanswered('event');
  const [, status = ''] = done;
  if (status === '200')
    return finding.ok('event', `the server reaches ${host}, and its events are taken`);
  if (status === '403')
    return finding.broken(
      'event',
      `the server reaches ${host}, but its events are refused: company, source address or token`,
      `tenant document, inbound.allowFrom: the address that the server comes from, and features.answeredCall must be bound; the token and company of finaz-extensions.conf, [globals] must be those of the document ("asterisk setup --write" writes them). The log of the host tells which it is`,
    );
  if (/^\d{3}$/.test(status))
    return finding.broken(
      'event',
      `what answers at ${host} is not this host: status ${status}`,
      'finaz-extensions.conf, [globals] FINAZ_HOST: the address of the host as the server sees it; write it with "asterisk setup --host-url"',
    );
  return finding.broken(
    'event',
    `the server cannot reach ${host}`,
    `finaz-extensions.conf, [globals] FINAZ_HOST: write it with "asterisk setup --host-url"; open the way from the server to the host. Try on the server: curl -i '${host}/healthz'`,
  );
}

const unanswered = (check: string) =>
  finding.broken(
    check,
    'the server did not do what it was asked for: the context [finaz-doutor] is missing or a module of it is',
    `finaz-extensions.conf: "asterisk setup --write /etc/asterisk --include"; ${reload('dialplan reload')}`,
  );
