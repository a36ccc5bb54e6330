import { CommandError, type CommandFolder } from '@finaz-telephony/core';
import { createTestContext } from '@finaz-telephony/testing';
import { describe, expect, it } from 'vitest';
import type { ServerAccess } from '../src/setup/server-access.ts';
import { setupCommand } from '../src/setup/setup-command.ts';

const access: ServerAccess = {
  baseUrl: 'https://pbx.example:8089',
  ari: { user: 'finaz', password: 'ari-password' },
  ami: { user: 'finaz', password: 'ami-password' },
  technology: 'PJSIP',
  queues: ['100'],
  contexts: [],
};

function memoryFolder(files: Map<string, string>): CommandFolder {
  return {
    list: async () => [...files.keys()].toSorted(),
    read: async (name) => files.get(name),
    write: async (name, text) => {
      files.set(name, text);
    },
    remove: async (name) => {
      files.delete(name);
    },
  };
}

async function setup(
  files: Map<string, string>,
  flags: Readonly<Record<string, string | boolean>>,
  server: ServerAccess = access,
  tenantId = '1042',
) {
  const printed: string[] = [];
  const noted: string[] = [];
  await setupCommand(() => server).run({
    flags: { 'host-url': 'https://telephony.example', ...flags },
    tenant: { id: tenantId, name: 'Cobranca Sul', inboundToken: 'event-token' },
    settings: undefined,
    context: createTestContext(),
    print: (text) => printed.push(text),
    note: (text) => noted.push(text),
    folder: () => memoryFolder(files),
  });
  return { printed: printed.join('\n'), noted: noted.join('\n') };
}

const stock = () =>
  new Map([
    ['http.conf', '[general]\nenabled=no\n'],
    ['ari.conf', '[general]\n'],
    ['manager.conf', '[general]\nenabled = no\n'],
    ['extensions.conf', '[general]\nstatic=yes'],
    ['pjsip.conf', ''],
  ]);

describe('asterisk setup', () => {
  it('prints passwords only with --show-secrets', async () => {
    const { printed } = await setup(new Map(), {});
    expect(printed).not.toMatch(/ari-password|ami-password|event-token/);
    expect(printed).toContain('write = call,originate,system,agent');
    const { printed: clear } = await setup(new Map(), { 'show-secrets': true });
    expect(clear).toContain('password = ari-password');
    expect(clear).toContain('FINAZ_TOKEN = event-token');
  });

  it('writes its own files with --write, includes them with --include, and removes exactly that with --undo', async () => {
    const files = stock();
    files.set('mine.conf', '; mine\n');
    const before = new Map(files);
    await setup(files, { write: 'etc', include: true, 'host-address': '203.0.113.7' });
    expect(files.get('finaz-http.conf')).toContain('tlsbindaddr = 127.0.0.1:8089');
    expect(files.get('finaz-manager.conf')).toContain(
      'deny = ::/0\npermit = 203.0.113.7/32\nwrite',
    );
    // A section that the administrator's file has is added to; a missing one is begun.
    expect(files.get('finaz-ari.conf')).toContain('[general](+)\n');
    expect(files.get('finaz-extensions.conf')).toContain('[globals]\nFINAZ_HOST');
    expect(files.get('extensions.conf')).toMatch(
      /^\[general\]\nstatic=yes\n; finaz.*\n#tryinclude "finaz-extensions.conf"\n/,
    );
    expect(files.get('queues.conf')).toContain('#tryinclude "finaz-queues.conf"');
    await setup(files, { undo: 'etc' });
    before.set('extensions.conf', '[general]\nstatic=yes\n');
    // A file that holds nothing but our include is removed with it, even if it was there before, empty.
    before.delete('pjsip.conf');
    expect(files).toEqual(before);
  });

  it('changes nothing when it is run a second time', async () => {
    const files = stock();
    await setup(files, { write: 'etc', include: true });
    const once = new Map(files);
    const { noted } = await setup(files, { write: 'etc', include: true });
    expect(files).toEqual(once);
    expect(noted).toBe('nothing to change');
  });

  it('renews its own files, but refuses to touch a file that was changed by hand or that it did not write', async () => {
    const files = stock();
    await setup(files, { write: 'etc' });
    const { noted } = await setup(files, { write: 'etc', 'host-address': '203.0.113.8' });
    expect(noted).toContain('finaz-ari.conf: renewed');
    expect(noted).not.toContain('finaz-http.conf: renewed');

    files.set('finaz-ari.conf', `${files.get('finaz-ari.conf')}permit = 10.0.0.1/32\n`);
    files.set('finaz-http.conf', '[general]\n');
    const asFound = new Map(files);
    await expect(setup(files, { write: 'etc', 'host-address': '203.0.113.9' })).rejects.toThrow(
      /nothing was changed[\s\S]*finaz-http.conf: this file was not written by this command[\s\S]*finaz-ari.conf: was changed by hand/,
    );
    await expect(setup(files, { undo: 'etc' })).rejects.toThrow(
      'finaz-ari.conf: was changed by hand',
    );
    expect(files).toEqual(asFound);
  });

  it('writes no queue that the administrator has already defined', async () => {
    const files = stock().set('queues.conf', '[100]\nstrategy = ringall\n');
    await setup(files, { write: 'etc', include: true });
    expect(files.has('finaz-queues.conf')).toBe(false);
    expect(files.get('queues.conf')).toBe('[100]\nstrategy = ringall\n');
  });

  it('goes on writing a queue to which the administrator has added operators', async () => {
    const server = { ...access, queues: ['100', '200'] };
    const files = stock();
    await setup(files, { write: 'etc', include: true }, server);
    const written = files.get('finaz-queues.conf');
    files.set('queues.conf', `${files.get('queues.conf')}[100](+)\nmember => PJSIP/1001\n`);
    await setup(files, { write: 'etc', include: true }, server);
    expect(files.get('finaz-queues.conf')).toBe(written);
  });

  it('adds to [general] with (+) unless its own file comes first: Asterisk reads only the first section of a name', async () => {
    const folder = new Map<string, string>();
    await setup(folder, { write: 'out' });
    for (const name of ['finaz-http.conf', 'finaz-ari.conf', 'finaz-manager.conf'])
      expect(folder.get(name)).toContain('[general](+)\n');
    // Several [globals] count, and adding to a missing one would be an error.
    expect(folder.get('finaz-extensions.conf')).toContain('[globals]\n');
    // If the command begins the file, there is no section to add to.
    const empty = new Map([['ari.conf', '[general]\n']]);
    const { noted } = await setup(empty, { write: 'etc', include: true });
    expect(noted).toMatch(/chgrp asterisk .*finaz-\*\.conf .*\/http\.conf/);
    expect(noted).not.toContain('/etc/asterisk/ari.conf');
    expect(empty.get('finaz-http.conf')).toContain('[general]\n');
  });

  it('refuses a server that is set up for another company', async () => {
    const files = stock();
    await setup(files, { write: 'etc', include: true });
    const before = new Map(files);
    await expect(setup(files, { write: 'etc', include: true }, access, '2001')).rejects.toThrow(
      /is of the company 1042/,
    );
    expect(files).toEqual(before);
  });

  it('puts an IPv6 address in brackets before the port', async () => {
    const { printed } = await setup(new Map(), { bind: '2001:db8::1' });
    expect(printed).toContain('tlsbindaddr = [2001:db8::1]:8089\n');
  });

  it.each([
    [{ undo: 'etc', write: 'etc' }, '--write and --undo contradict each other'],
    [{ undo: 'etc', print: true }, '--print and --undo contradict each other'],
    [{ write: 'etc', print: true }, '--print and --write contradict each other'],
    [{ undo: 'etc', include: true }, '--include goes with --write'],
    [{ include: true }, '--include goes with --write'],
    [{ write: 'etc', 'show-secrets': true }, '--show-secrets goes with --print'],
  ])('refuses flags that contradict each other or need another one: %j', async (flags, words) => {
    const files = stock();
    await setup(files, { write: 'etc' });
    const before = new Map(files);
    const failure = await setup(files, flags).catch((error: unknown) => error);
    expect(CommandError.isInstance(failure)).toBe(true);
    expect(String(failure)).toContain(words);
    expect(files).toEqual(before);
  });

  it('treats a flag that is switched off as not given', async () => {
    const files = stock();
    await setup(files, { write: 'etc', print: false, 'show-secrets': false });
    await setup(files, { undo: 'etc', print: false, include: false, 'show-secrets': false });
    expect(files).toEqual(stock());
  });

  it('names the folder in which it found nothing to undo', async () => {
    const { noted } = await setup(new Map(), { undo: '/etc/asteriks' });
    expect(noted).toContain('/etc/asteriks');
  });

  it('refuses a value that would become another line or a comment, and does not show the password', async () => {
    const poisoned = { ...access, ari: { user: 'finaz', password: 'a;b' } };
    const failure = await setup(new Map(), {}, poisoned).catch((error: unknown) => error);
    expect(CommandError.isInstance(failure)).toBe(true);
    expect(String(failure)).toContain('password of ari');
    expect(String(failure)).not.toContain('a;b');
    await expect(setup(new Map(), { bind: '0.0.0.0\n[x]' })).rejects.toThrow('--bind');
    await expect(setup(new Map(), { 'host-address': 'everybody' })).rejects.toThrow(
      '--host-address',
    );
    await expect(setup(new Map(), { 'host-url': '' })).rejects.toThrow('--host-url');
  });
});
