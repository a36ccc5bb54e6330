import type { Dialplan } from './package-files.ts';
import type { ServerAccess } from './server-access.ts';

/** The user's choices, in addition to the settings of the connection. */
export interface SetupChoices {
  readonly tenantId: string;
  readonly token: string;
  /** Address of the host as seen from the server, for the answered event. */
  readonly hostUrl: string;
  /** How customers are dialed: `%` stands for the number. */
  readonly trunk: string;
  /** Number that customers see; empty: the trunk's own. */
  readonly callerNumber: string;
  /** Addresses the host connects from, as networks in Asterisk's format: `203.0.113.7/32`. */
  readonly hostNetworks: readonly string[];
  /** Address that Asterisk's web server listens on. */
  readonly bind: string;
  readonly certificate: string;
  readonly key: string;
}

/** One file of ours, and the file of the administrator that includes it. */
export interface ServerFile {
  readonly name: string;
  readonly base: string;
  /** The command that makes Asterisk read it. */
  readonly reload: string;
  readonly text: string;
}

/** Whether an administrator's file has a section: `(+)` adds to an existing one, and is an error without one. */
export type HasSection = (base: string, section: string) => boolean;

/** All files that a server needs for one connection. Pure: the same choices give the same bytes. */
export function serverFiles(
  access: ServerAccess,
  choices: SetupChoices,
  dialplan: Dialplan,
  has: HasSection,
): ServerFile[] {
  // A queue that the administrator has defined stays theirs: Asterisk would skip a second one with the same name.
  const queues = access.queues.filter((queue) => !has('queues.conf', queue));
  const section = (base: string, name: string) => (has(base, name) ? `[${name}](+)` : `[${name}]`);
  return [
    {
      name: 'finaz-http.conf',
      base: 'http.conf',
      reload: 'module reload http',
      text: httpText(access, choices, section('http.conf', 'general')),
    },
    {
      name: 'finaz-ari.conf',
      base: 'ari.conf',
      reload: 'module reload res_ari.so',
      text: ariText(access, choices, section('ari.conf', 'general')),
    },
    {
      name: 'finaz-manager.conf',
      base: 'manager.conf',
      reload: 'manager reload',
      text: managerText(access, choices, section('manager.conf', 'general')),
    },
    {
      name: 'finaz-extensions.conf',
      base: 'extensions.conf',
      reload: 'dialplan reload',
      text: dialplanText(access, choices, dialplan, section('extensions.conf', 'globals')),
    },
    {
      name: 'finaz-pjsip.conf',
      base: 'pjsip.conf',
      reload: 'module reload res_pjsip.so',
      text: pjsipText,
    },
    ...(queues.length > 0
      ? [
          {
            name: 'finaz-queues.conf',
            base: 'queues.conf',
            reload: 'queue reload all',
            text: queues.map(queueText).join('\n'),
          },
        ]
      : []),
  ];
}

function httpText({ baseUrl }: ServerAccess, choices: SetupChoices, general: string): string {
  const { protocol, port } = new URL(baseUrl);
  if (protocol === 'https:') {
    return `; Asterisk's web server: encrypted for the host, in the clear on the machine itself only.
${general}
enabled = yes
bindaddr = 127.0.0.1
tlsenable = yes
tlsbindaddr = ${choices.bind.includes(':') ? `[${choices.bind}]` : choices.bind}:${port || '443'}
tlscertfile = ${choices.certificate}
tlsprivatekey = ${choices.key}
`;
  }
  return `; Asterisk's web server, not encrypted: for a host on the same machine or in a network of your own only.
${general}
enabled = yes
bindaddr = ${choices.bind}
bindport = ${port || '80'}
`;
}

const acl = (networks: readonly string[]) =>
  ['deny = 0.0.0.0/0', 'deny = ::/0', ...networks.map((network) => `permit = ${network}`)].join(
    '\n',
  );

function ariText({ ari }: ServerAccess, { hostNetworks }: SetupChoices, general: string): string {
  return `; REST interface: places calls, reads channels, gives recordings.
${general}
enabled = yes

[${ari.user}]
type = user
read_only = no
password_format = plain
password = ${ari.password}
${acl(hostNetworks)}
`;
}

function managerText(
  { ami }: ServerAccess,
  { hostNetworks }: SetupChoices,
  general: string,
): string {
  return `; Manager interface over HTTP: transfers, and the list of contacts in AstDB. No "command", no "config".
${general}
enabled = yes
webenabled = yes
httptimeout = 60

[${ami.user}]
secret = ${ami.password}
${acl(hostNetworks)}
write = call,originate,system,agent
writetimeout = 1000
`;
}

function dialplanText(
  { technology }: ServerAccess,
  choices: SetupChoices,
  dialplan: Dialplan,
  globals: string,
): string {
  return `${globals}
FINAZ_HOST = ${choices.hostUrl}
FINAZ_EMPRESA = ${choices.tenantId}
FINAZ_TOKEN = ${choices.token}
FINAZ_TRONCO = ${choices.trunk}
FINAZ_SAIDA = ${choices.callerNumber}
FINAZ_RAMAIS = ${technology}/

; by which the doctor knows this dialplan
[finaz-versao]
exten => ${dialplan.version},1,NoOp()

${dialplan.text}`;
}

const pjsipText = `; For the operators' phones: [1001](finaz-operador), then "aors = 1001", "auth = 1001".
; busy with one call, so that the queue does not ring a phone that is in use
[finaz-operador](!)
type = endpoint
disallow = all
allow = alaw,ulaw
direct_media = no
device_state_busy_at = 1
`;

export const queueText = (queue: string) => `[${queue}]
strategy = rrmemory
timeout = 15
retry = 1
wrapuptime = 2
ringinuse = no
setinterfacevar = yes
setqueueentryvar = yes
setqueuevar = yes
joinempty = yes
leavewhenempty = no
; operators: add "[${queue}](+)" with "member => PJSIP/1001" to queues.conf below the include, or let them log in
`;
