// click2call through the host on a real Asterisk, against the same request of its REST interface made by hand, in turns.
//   node adapters/asterisk/lab/lab.mjs run -- node bench/src/asterisk.ts --help
import { randomUUID } from 'node:crypto';
import { readCommand, wholeNumber } from '@finaz-telephony/config/command';
import * as v from 'valibot';
import { interleaved, load, median, type Load, type Spread } from './load.ts';
import { adminKey, saveTenant, startHost, stopAll } from './processes.ts';
import { ratioOf } from './report.ts';

const { options } = readCommand({
  about: 'click2call on the Asterisk of the lab, through the host and by hand.',
  options: {
    seconds: v.pipe(v.optional(wholeNumber(), '4'), v.description('How long each turn takes.')),
    rounds: v.pipe(v.optional(wholeNumber(), '5'), v.description('Turns of each.')),
    connections: v.pipe(v.optional(wholeNumber()), v.description('At once; otherwise 1, then 4.')),
  },
});
const UserSchema = v.object({ user: v.string(), password: v.string() });
const told = process.env['FINAZ_LAB'];
if (told === undefined) {
  console.error('there is no Asterisk here; "npm run bench:asterisk" starts one');
  process.exit(2);
}
const lab = v.parse(
  v.pipe(
    v.string(),
    v.parseJson(),
    v.object({ url: v.string(), ari: UserSchema, ami: UserSchema }),
  ),
  told,
);

// The called party answers and hangs up at once, so that only the way to the call is measured, and no telephone.
const context = 'finaz-banco';
const operatorChannel = `Local/%@${context}/n`;

const byHand = () => ({
  url: `${lab.url}/ari/channels`,
  method: 'POST' as const,
  headers: {
    'content-type': 'application/json',
    authorization: `Basic ${Buffer.from(`${lab.ari.user}:${lab.ari.password}`).toString('base64')}`,
  },
  body: JSON.stringify({
    endpoint: operatorChannel.replace('%', '1001'),
    context,
    extension: '11999990080',
    priority: 1,
    timeout: 20,
    channelId: `c2c-${randomUUID()}`,
    callerId: '11999990080',
    variables: {
      TIPO: 'c2c',
      FILA: '100',
      NUM: '11999990080',
      INICIO: String(Math.floor(Date.now() / 1000)),
      'CHANNEL(hangup_handler_push)': 'finaz-fim,s,1',
    },
  }),
});

try {
  const hostUrl = await startHost();
  const secret = async (name: string, value: string) => {
    const response = await fetch(`${hostUrl}/v1/tenants/1042/secrets/${name}`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ value }),
    });
    if (!response.ok) throw new Error(await response.text());
  };
  await secret('ari', lab.ari.password);
  await secret('ami', lab.ami.password);
  const settings = {
    baseUrl: lab.url,
    ari: { user: lab.ari.user, password: '${secret:ari}' },
    ami: { user: lab.ami.user, password: '${secret:ami}' },
    operatorChannel,
    contexts: { click2call: context },
  };
  await saveTenant(hostUrl, settings, ['click2call'], '1042', 'asterisk');
  const throughHost = () => ({
    url: `${hostUrl}/v1/tenants/1042/calls`,
    method: 'POST' as const,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ queue: '100', extension: '1001', areaCode: '11', number: '999990080' }),
  });
  await load(throughHost, 4, 2, 201);
  const { seconds, rounds } = options;
  const all = options.connections === undefined ? [1, 4] : [options.connections];
  for (const connections of all) {
    const { baseline, subject } = await interleaved(
      rounds,
      () => load(byHand, connections, seconds, 200),
      () => load(throughHost, connections, seconds, 201),
    );
    const of = (loads: readonly Load[], key: 'perSecond' | keyof Spread) =>
      median(loads.map((one) => one[key]));
    const line = (name: string, loads: readonly Load[]) =>
      `  ${name} ${of(loads, 'perSecond').toFixed(0)} calls/s, p50 ${of(loads, 'p50').toFixed(1)} ms, p99 ${of(loads, 'p99').toFixed(1)} ms`;
    const added = (key: 'p50' | 'p99') =>
      median(subject.map((one, index) => one[key] - (baseline[index]?.[key] ?? Number.NaN)));
    const ratio = ratioOf(baseline, subject);
    console.log(`click2call on a real Asterisk, ${connections} connections`);
    console.log(line('by hand ', baseline));
    console.log(line('the host', subject));
    console.log(
      `  ratio    ${ratio.toFixed(2)}; added by the host: p50 ${added('p50').toFixed(1)} ms, p99 ${added('p99').toFixed(1)} ms`,
    );
  }
} finally {
  await stopAll();
}
