import { finding, type Finding } from '@finaz-telephony/core';
import * as v from 'valibot';
import type { ServerAccess } from '../setup/server-access.ts';
import { reload } from './reload.ts';
import type { Ari, ManagerSession } from './server.ts';

const EndpointsSchema = v.array(v.object({ resource: v.string(), state: v.string() }));

/** Queues, their operators, and, if the REST interface may be queried (`ari`), whether the operators' phones exist. */
export async function* checkQueues(
  access: ServerAccess,
  session: ManagerSession,
  ari: Ari | undefined,
): AsyncGenerator<Finding> {
  const blocks = await session.ask({ Action: 'QueueStatus' });
  const onServer = blocks.flatMap((block) =>
    block.get('Event') === 'QueueParams' ? [block.get('Queue') ?? ''] : [],
  );
  const wanted = access.queues.length > 0 ? access.queues : onServer;
  if (wanted.length === 0) {
    yield finding.warning(
      'queue',
      'the server has no queue: the dialer has nobody to connect calls to',
      `queues.conf: a section for the queue with "ringinuse = no" and its members; ${reload('queue reload all')}`,
    );
  }
  const phones = new Set<string>();
  for (const queue of wanted) {
    if (!onServer.includes(queue)) {
      yield finding.broken(
        'queue',
        `there is no queue ${queue}`,
        `queues.conf: a section [${queue}] with "strategy = rrmemory", "ringinuse = no", "setinterfacevar = yes" and "member => ${access.technology}/EXTENSION"; ${reload('queue reload all')}`,
      );
      continue;
    }
    const members = blocks.filter(
      (block) => block.get('Event') === 'QueueMember' && block.get('Queue') === queue,
    );
    if (members.length === 0) {
      yield finding.warning(
        'queue',
        `the queue ${queue} has no member: no contact is dialled`,
        `queues.conf, [${queue}]: "member => ${access.technology}/EXTENSION", or let operators log in (AddQueueMember); ${reload('queue reload members')}`,
      );
    } else yield finding.ok('queue', `the queue ${queue} has ${members.length} members`);
    for (const member of members)
      phones.add(member.get('StateInterface') ?? member.get('Location') ?? '');
  }
  if (ari) yield* checkPhones(access, phones, ari);
}

async function* checkPhones(
  { technology }: ServerAccess,
  phones: ReadonlySet<string>,
  ari: Ari,
): AsyncGenerator<Finding> {
  const answer = await ari('GET', `/endpoints/${technology}`);
  const endpoints = v.safeParse(EndpointsSchema, answer.json);
  if (!endpoints.success) {
    yield finding.broken(
      'phones',
      `the server has no phones of the technology ${technology}`,
      `settings of the connection: the technology of the operators' phones; or load its module, for example chan_pjsip.so`,
    );
    return;
  }
  const states = new Map(endpoints.output.map(({ resource, state }) => [resource, state]));
  const here = [...phones]
    .filter((phone) => phone.startsWith(`${technology}/`))
    .map((phone) => phone.slice(technology.length + 1));
  for (const phone of here) {
    const state = states.get(phone);
    if (state === 'online') continue;
    yield state === undefined
      ? finding.broken(
          'phones',
          `a queue has the member ${technology}/${phone}, but there is no such phone`,
          `pjsip.conf: sections [${phone}] of the types endpoint, aor and auth; ${reload('module reload res_pjsip.so')}`,
        )
      : finding.warning(
          'phones',
          `the phone ${phone} is not registered`,
          `start the phone; its user and password are those of [${phone}], type auth, in pjsip.conf. Look: asterisk -rx 'pjsip show endpoint ${phone}'`,
        );
  }
  if (here.every((phone) => states.get(phone) === 'online'))
    yield finding.ok('phones', `${here.length} phones of the queues' members are registered`);
}

/** Which dialers are running; none is nothing to worry about. */
export async function* checkDialers({ queues }: ServerAccess, ari: Ari): AsyncGenerator<Finding> {
  for (const queue of queues) {
    const { status } = await ari('GET', `/channels/discador-${encodeURIComponent(queue)}`);
    yield finding.ok(
      'dialer',
      `the dialer of queue ${queue} is ${status === 200 ? 'running' : 'stopped'}`,
    );
  }
}
