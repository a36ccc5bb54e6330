// The part of a CRM's server that opens screens, for docs/crm.md: one stream from the host, and each call on to the screens of its operator alone.
// TELEPHONY_URL, TELEPHONY_KEY, COMPANY: where the host is, the company's key and its id. SCREENS_PORT: where the screens ask, 8098 by default.
import { createServer } from 'node:http';
import process from 'node:process';

const {
  TELEPHONY_URL = 'http://127.0.0.1:3000',
  TELEPHONY_KEY,
  COMPANY = '1042',
  SCREENS_PORT = '8098',
} = process.env;

/** Open screens by extension. */
const screens = new Map();
/** The last calls: a screen that comes back after a moment without network, or asleep, is shown those that it has missed. */
const lastCalls = [];
/** Place of the last message. A real CRM keeps it with its data, so that nothing is missed while it is started again. */
let place;

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit());
createServer((request, response) => {
  const extension = extensionOfSignedIn(request);
  // A screen of nobody would stay dark, and nobody would know why.
  if (extension === undefined) return response.writeHead(401).end();
  const open = screens.get(extension) ?? new Set();
  screens.set(extension, open.add(response));
  request.once('close', () => open.delete(response));
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  for (const call of missedBy(request, extension)) response.write(call);
  // Before any call, too: browsers that come back send the last id they have read.
  response.write(place === undefined ? ': open\n\n' : `id: ${place}\n\n`);
}).listen(Number(SCREENS_PORT), '127.0.0.1', () =>
  console.log(`screens ask at port ${SCREENS_PORT}`),
);

for (;;) {
  await follow().catch(({ message }) => console.error(`the stream broke: ${message}`));
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

/** From the session of who is signed in. Never from what a browser writes into the address: it would be shown the debtors of another operator. */
function extensionOfSignedIn(request) {
  const sessions = new Map([
    ['session=ana', '1001'],
    ['session=rui', '1002'],
  ]);
  return sessions.get(request.headers.cookie);
}

/** What this screen has not read. One that is new asks without an id, and is shown no calls of before. */
function missedBy(request, extension) {
  const read = Number(request.headers['last-event-id']);
  return lastCalls
    .filter((call) => call.extension === extension && call.place > read)
    .map(({ written }) => written);
}

/** Reads the stream until it ends: when the host is stopped, or the way to it breaks. */
async function follow() {
  const response = await fetch(`${TELEPHONY_URL}/v1/tenants/${COMPANY}/events`, {
    headers: { Authorization: `Bearer ${TELEPHONY_KEY}`, ...(place && { 'Last-Event-ID': place }) },
  });
  if (!response.ok) throw new Error(await response.text());
  let text = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const messages = text.split('\n\n');
    text = messages.pop();
    for (const message of messages) take(message);
  }
}

function take(message) {
  const fields = Object.fromEntries(
    message.split('\n').map((line) => {
      const end = line.indexOf(': ');
      return [line.slice(0, end), line.slice(end + 2)];
    }),
  );
  if (fields.event === 'answered-call') {
    const { extension } = JSON.parse(fields.data);
    const written = `id: ${fields.id}\ndata: ${fields.data}\n\n`;
    lastCalls.push({ extension, place: Number(fields.id), written });
    if (lastCalls.length > 1000) lastCalls.shift();
    for (const screen of screens.get(extension) ?? []) screen.write(written);
  }
  place = fields.id ?? place;
}
