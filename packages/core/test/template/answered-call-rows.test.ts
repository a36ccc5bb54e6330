import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext } from '../support/fake-context.ts';
import { errorOf, issuesOf } from '../support/template-documents.ts';

const address = 'https://host.example/callbacks/1042/dialer';
const fields = { number: '{{ row.to }}', callId: '{{ row.call }}', extension: '{{ row.agent }}' };
const rows = { rows: 'body.events', skip: 'row.event != "answered"', fields };

async function read(body: string, answeredCall: object = rows, type = 'application/json') {
  const operators = { '1001': { agent: 'ana' } };
  const settings = v.parse(TemplateSettingsSchema, { answeredCall, operators });
  const readAnsweredCall = createTemplateAdapter(settings).features.answeredCall;
  if (!readAnsweredCall) throw new Error('no answeredCall feature');
  const headers = { 'Content-Type': type };
  return readAnsweredCall(new Request(address, { method: 'POST', body, headers }), fakeContext());
}

const row = (call: string, more: object = {}) => ({
  event: 'answered',
  to: '41999998888',
  call,
  agent: '1001',
  ...more,
});
const call = (callId: string) => ({ number: '41999998888', callId, extension: '1001' });
const body = (...events: unknown[]) => JSON.stringify({ events });

describe('several events in one request', () => {
  it.each([
    ['events of all kinds', body(row('a'), row('b', { event: 'ringing' }), row('c')), ['a', 'c']],
    ['the same call twice', body(row('a'), row('a')), ['a', 'a']],
    ['an empty list', body(), []],
    ['an event among items that are not events', body(null, 7, 'answered', [], row('a')), ['a']],
  ])('are read if they are answered calls, and ignored otherwise: %s', async (_, sent, callIds) => {
    expect(await read(sent)).toEqual({ events: callIds.map(call) });
  });

  it('are read even if others are unusable: each unusable event is reported with its position, and without its values', async () => {
    const odd = body(row('', { to: 'Ana' }), row('b', { agent: '1\u0000' }), row('c'));
    expect(await read(odd)).toEqual({
      events: [call('c')],
      unreadable: [
        {
          position: 1,
          reason: 'number: a number has digits and at most a leading "+"; callId: is missing',
        },
        {
          position: 2,
          reason: 'extension: extension contains a control character, or half of a character',
        },
      ],
    });
  });

  it('are read even if a filter refuses one of them', async () => {
    const extension =
      '{{ operators | where: "agent", row.agent | first | at: "extension" | required: "the extension of this agent" }}';
    const sent = body(row('a', { agent: 'rui' }), row('b', { agent: 'ana' }));
    expect(await read(sent, { ...rows, fields: { ...fields, extension } })).toEqual({
      events: [call('b')],
      unreadable: [
        { position: 1, reason: 'The connection does not know the extension of this agent.' },
      ],
    });
  });

  it('are refused if the settings are at fault: the system sends them again, to be read once the settings are mended', async () => {
    const extension = '{{ row.agent | hmac: "" }}';
    const reading = read(body(row('a')), { ...rows, fields: { ...fields, extension } });
    expect(await errorOf(reading)).toMatchObject({ code: 'invalid_config' });
  });

  it('are read also where one lacks the part that "rows" takes of each: it is told, or skipped', async () => {
    const sent = body({ call: row('a') }, { transfer: 1 }, { call: row('c') });
    const parts = { fields, rows: 'body.events | map: "call"' };
    expect(await read(sent, parts)).toEqual({
      events: [call('a'), call('c')],
      unreadable: [{ position: 2, reason: 'it has nothing of what "rows" reads of it' }],
    });
    expect(await read(sent, { ...parts, skip: 'not row' })).toEqual({
      events: [call('a'), call('c')],
    });
  });

  it.each([
    ['another member', '{"event":"answered"}'],
    ['an object in its place', '{"events":{"event":"answered"}}'],
    ['null in its place', '{"events":null}'],
    ['an empty body', ''],
  ])('are refused without their list: %s', async (_what, sent) => {
    expect(await errorOf(read(sent))).toMatchObject({
      code: 'invalid_input',
      feature: 'answeredCall',
      message: expect.stringContaining('The notification has no list at "body.events".'),
    });
  });

  it('are read in a list of 1000 rows, and refused in a longer one', async () => {
    const list = (length: number) => body(...Array.from({ length }, (_, index) => row(`${index}`)));
    expect((await read(list(1000))).events).toHaveLength(1000);
    expect(await errorOf(read(list(1001)))).toMatchObject({
      code: 'invalid_input',
      feature: 'answeredCall',
      message: expect.stringContaining('The notification has 1001 rows, and 1000'),
    });
  });

  it('are ignored if "when" does not hold for the request, which then needs no list', async () => {
    const answeredCall = { ...rows, when: 'body.type == "calls"' };
    expect(await read('{"type":"test"}', answeredCall)).toEqual({ events: [] });
    expect(await read('', { ...rows, when: 'text' })).toEqual({ events: [] });
  });

  it('may be a single event without a list, if rows are "body | skip: 0"', async () => {
    const answeredCall = { ...rows, rows: 'body | skip: 0' };
    expect(await read(JSON.stringify(row('a')), answeredCall)).toEqual({ events: [call('a')] });
    expect(await read(JSON.stringify([row('a'), row('b')]), answeredCall)).toEqual({
      events: [call('a'), call('b')],
    });
  });
});

describe('a notification in another format', () => {
  const xml = { fields, read: [{ as: 'ndjson' }, { as: 'xml' }], rows: 'body.log.event' };
  const element = (id: string) =>
    `<event><to>41999998888</to><call>${id}</call><agent>1001</agent></event>`;

  it('is read in the first format of "read" that fits', async () => {
    expect(await read(`\uFEFF<log>${element('a')}</log>`, xml)).toEqual({ events: [call('a')] });
    expect(await read(`<log>${element('a')}${element('b')}</log>`, xml)).toEqual({
      events: [call('a'), call('b')],
    });
    const lines = { ...xml, rows: 'body' };
    expect(await read(`\r\n${JSON.stringify(row('a'))}\r\n`, lines)).toEqual({
      events: [call('a')],
    });
  });

  it('may be a single event, without "rows"', async () => {
    const pairs = { read: { as: 'pairs', separator: ': ' }, fields: single };
    expect(await read('Uniqueid: a\nNum: 41999998888\nExten: 1001', pairs)).toEqual({
      events: [call('a')],
    });
  });
  const single = {
    number: '{{ body.Num }}',
    callId: '{{ body.Uniqueid }}',
    extension: '{{ body.Exten }}',
  };

  it.each([
    ['Internal error', xml],
    ['<log><event>', xml],
    ['[[[['.repeat(50), { ...rows, read: { as: 'json' } }],
    ['null', { ...rows, read: { as: 'json' } }],
  ])('is refused if its body does not have the format: %s', async (sent, answeredCall) => {
    expect(await errorOf(read(sent, answeredCall))).toMatchObject({ code: 'invalid_input' });
  });

  it('that nests XML entities in each other is read in less than 2 seconds of CPU time', async () => {
    const entities = Array.from(
      { length: 20 },
      (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(20)}">`,
    );
    const bomb = `<!DOCTYPE log [<!ENTITY e0 "${'x'.repeat(10_000)}">${entities.join('')}]><log>${'&e20;'.repeat(10_000)}${element('a')}</log>`;
    const begun = process.threadCpuUsage();
    expect(await read(bomb, xml)).toEqual({ events: [call('a')] });
    expect(process.threadCpuUsage(begun).user).toBeLessThan(2_000_000);
  });
});

it('saving a document reports a "when" or "skip" that cannot work, and fields that would make all events the same call', () => {
  expect(
    issuesOf({
      answeredCall: {
        when: 'row.event == "a"',
        skip: 'row.a',
        read: { as: 'regex', pattern: '(' },
      },
    }),
  ).toEqual([
    expect.stringContaining('answeredCall.read.pattern: '),
    'answeredCall.when: unknown variable "row"; did you mean "now"?',
    'answeredCall.skip: does nothing without "rows"; a notification of one event is left out by "when"',
  ]);
  const same = 'reads nothing of {{ row… }}: all rows would be the same call';
  expect(issuesOf({ answeredCall: { rows: 'body' } })).toEqual([`answeredCall.fields: ${same}`]);
});
