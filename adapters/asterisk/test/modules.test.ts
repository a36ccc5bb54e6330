import { describe, expect, it } from 'vitest';
import { needed } from '../src/doctor/check-modules.ts';
import { readDialplan } from '../src/setup/package-files.ts';

/** The modules that provide the applications and functions of our dialplan, according to "core show application" and "core show function". */
const providers: Readonly<Record<string, string>> = {
  app_dial: 'Dial',
  app_exec: 'ExecIf TryExec',
  app_mixmonitor: 'MixMonitor StopMixMonitor',
  app_originate: 'Originate',
  app_queue: 'Queue QUEUE_MEMBER QUEUE_MEMBER_LIST',
  app_stack: 'Gosub GosubIf Return',
  app_verbose: 'Log',
  func_callerid: 'CALLERID',
  func_channel: 'CHANNEL CHANNEL_EXISTS MASTER_CHANNEL',
  func_curl: 'CURL CURLOPT',
  func_cut: 'CUT',
  func_db: 'DB DB_DELETE DB_EXISTS DB_KEYS',
  func_global: 'GLOBAL',
  func_groupcount: 'GROUP GROUP_COUNT',
  func_hangupcause: 'HANGUPCAUSE HANGUPCAUSE_KEYS HangupCauseClear',
  func_logic: 'IF IFTIME',
  func_strings: 'FIELDQTY FILTER LISTFILTER PUSH SHIFT STRREPLACE UNSHIFT',
  func_uri: 'URIDECODE URIENCODE',
  func_uuid: 'UUID',
};
/** Provided by Asterisk itself, by a module that need not run (answering machines), or by one without which only a note is missing. */
const others = 'Answer Goto GotoIf Hangup Set Wait AMD CDR'.split(' ');

describe('the modules that the doctor looks for', () => {
  it('cover every application and function of the dialplan: without a module the dialplan would silently do something else', async () => {
    const { text } = await readDialplan();
    const code = text.replaceAll(/^\s*;.*$/gm, '');
    const used = new Set(Array.from(code.matchAll(/\b([A-Z]\w+)\(/g), ([, name = '']) => name));
    const brought = Object.entries(providers).flatMap(([module, names]) =>
      names.split(' ').map((name) => ({ module, name })),
    );
    const known = new Set([...brought.map(({ name }) => name), ...others]);
    expect([...used].filter((name) => !known.has(name))).toEqual([]);
    expect(Object.keys(providers).filter((module) => !(module in needed))).toEqual([]);
    expect(brought.filter(({ name }) => !used.has(name))).toEqual([]);
  });
});
