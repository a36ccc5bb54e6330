import { setTimeout as pause } from 'node:timers/promises';
import { ShownMailingSchema, type ShownMailing } from '../../src/mailings/show-mailing.ts';
import { jsonOf } from './json.ts';
import { contacts, ContactsShape, TakenShape } from './mailings.ts';
import { startMoodyVendor, type Mood, type MoodyVendor } from './moody-vendor.ts';
import { startMortalHost, type MortalHost } from './mortal-host.ts';
import { forbiddenChanges, watchStates } from './state-watch.ts';
import { createHostPlace, type HostPlace } from './host-place.ts';

/**
 * How contacts are loaded: `keyed` is held once however often it is sent, `plain` is not; a file may be sent again or not. `changing`: the company goes from
 * `plain` to `fileOnce` and back meanwhile.
 */
export const loadKinds = ['keyed', 'plain', 'file', 'fileOnce', 'changing'] as const;
export type LoadKind = (typeof loadKinds)[number];

export const verbs = ['pause', 'resume', 'cancel', 'retry', 'deactivate'] as const;

export type Step =
  | { readonly do: 'send' | 'clear'; readonly queue: number }
  | {
      readonly do: 'command';
      readonly verb: (typeof verbs)[number];
      readonly mailing: number;
      /** In the same moment. */
      readonly andDies: boolean;
    }
  | { readonly do: 'settle' | 'sendInstead'; readonly mailing: number }
  | { readonly do: 'moods'; readonly moods: readonly Mood[] }
  | { readonly do: 'crash' | 'freeze' }
  /** The company changes its document. */
  | { readonly do: 'document'; readonly concurrency: number }
  | { readonly do: 'wait'; readonly ms: number };

interface KnownMailing {
  readonly id: string;
  readonly queue: string;
  /** Given up by the person who settled. */
  readonly givenUp: Set<string>;
}

const size = 10;

/** Hosts, a telephone system and a person who is honest about what it has. */
export class MailingWorld {
  readonly vendor: MoodyVendor;
  readonly mailings: KnownMailing[] = [];
  /** Moves the clocks of all hosts on. */
  readonly #skip: (ms: number) => void;
  readonly #kind: LoadKind;
  readonly #place: HostPlace;
  readonly #all: MortalHost[] = [];
  readonly #clearedByHand = new Set<string>();
  #isFile: boolean;
  #concurrency = 3;

  private constructor(
    kind: LoadKind,
    vendor: MoodyVendor,
    place: HostPlace,
    skip: (ms: number) => void,
  ) {
    this.#kind = kind;
    this.vendor = vendor;
    this.#place = place;
    this.#skip = skip;
    this.#isFile = kind === 'file' || kind === 'fileOnce';
  }

  static async open(kind: LoadKind, skip: (ms: number) => void): Promise<MailingWorld> {
    const world = new MailingWorld(
      kind,
      await startMoodyVendor(kind === 'keyed' || kind === 'file'),
      await createHostPlace(),
      skip,
    );
    await world.#start();
    await watchStates(world.#host.store);
    const saved = await world.#host.ask('?check=skip', { method: 'PUT', json: world.#document() });
    if (saved.status !== 201)
      throw new Error(`${await saved.text()}\n${world.#host.logged.slice(-3).join('\n')}`);
    return world;
  }

  get #host(): MortalHost {
    const host = this.#all.at(-1);
    if (!host) throw new Error('no host was started');
    return host;
  }

  async #start(): Promise<void> {
    this.#all.push(await startMortalHost(this.#place.variables));
  }

  #document() {
    const byRequest = {
      repeatable: this.#kind === 'keyed',
      request: {
        method: this.#kind === 'keyed' ? 'PUT' : 'POST',
        url: '/queues/{{ queue }}/contacts',
        body: { json: '{{ contactId }}' },
      },
    };
    const byFile = {
      unit: 'file',
      repeatable: this.#kind === 'file',
      request: { method: 'POST', url: '/queues/{{ queue }}/file' },
      file: { line: 'ID;DDD1Telefone1' },
      rejected: { rows: 'reply.rejected', contactId: '{{ row.id }}' },
      activate: [{ request: { method: 'POST', url: '/queues/{{ queue }}/activate' } }],
    };
    return {
      id: '1042',
      name: 'States',
      connections: {
        dialer: {
          adapter: 'generic-http',
          settings: {
            baseUrl: this.vendor.url,
            contactClear: { request: { method: 'DELETE', url: '/queues/{{ queue }}' } },
            contactLoad: this.#isFile ? byFile : byRequest,
          },
          limits: { requestsPerSecond: 10_000, concurrency: this.#concurrency },
        },
      },
      features: { contactLoad: 'dialer', contactClear: 'dialer' },
    };
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'send') await this.#send(`q${step.queue}`);
    if (step.do === 'clear') await this.#clear(`q${step.queue}`);
    if (step.do === 'moods') this.vendor.moods.push(...step.moods);
    if (step.do === 'wait') await pause(step.ms);
    if (step.do === 'crash') await this.#crash();
    if (step.do === 'freeze') await this.#freeze();
    if (step.do === 'document') await this.#change(step.concurrency);
    const known = 'mailing' in step && this.mailings[step.mailing % (this.mailings.length || 1)];
    if (!known) return;
    if (step.do === 'settle') await this.#settle(known);
    if (step.do === 'sendInstead') await this.#sendInstead(known);
    if (step.do === 'command' && !step.andDies) await this.#command(known, step.verb);
    if (step.do === 'command' && step.andDies) await this.#commandAndDie(known, step.verb);
  }

  async #send(queue: string): Promise<void> {
    const name = `m${this.mailings.length}`;
    const json = contacts(size).map((contact, index) => ({
      ...contact,
      contactId: `${name}-${index}`,
    }));
    const { mailingId } = await jsonOf(
      await this.#host.ask(`/mailings?queue=${queue}`, { json }),
      TakenShape,
    );
    this.mailings.push({ id: mailingId, queue, givenUp: new Set() });
  }

  async #change(concurrency: number): Promise<void> {
    this.#concurrency = concurrency;
    if (this.#kind === 'changing') this.#isFile = !this.#isFile;
    const json = this.#document();
    const { status } = await this.#host.ask('?check=skip', { method: 'PUT', json });
    if (status !== 200) throw new Error(`the document was answered ${status}`);
  }

  async #clear(queue: string): Promise<void> {
    const { status } = await this.#host.ask(`/queues/${queue}/clear`, { method: 'POST' });
    if (status === 200 || status >= 500) this.#clearedByHand.add(queue);
  }

  /** @returns whether it was allowed */
  async #command({ id }: KnownMailing, verb: (typeof verbs)[number]): Promise<boolean> {
    const response = await this.#host.ask(`/mailings/${id}/${verb}`, { method: 'POST' });
    if (response.status !== 202 && response.status !== 409)
      throw new Error(`${verb} was answered ${response.status}: ${await response.text()}`);
    return response.status === 202;
  }

  /** Another mailing for its queue, while requests of the one that is given up still lie at the telephone system. */
  async #sendInstead(known: KnownMailing): Promise<void> {
    this.vendor.moods.unshift('slow', 'slow', 'slow');
    await pause(40);
    await this.#command(known, 'cancel');
    await this.#send(known.queue);
  }

  /** The host dies while requests of its loads lie at the telephone system, right after a person's word. */
  async #commandAndDie(known: KnownMailing, verb: (typeof verbs)[number]): Promise<void> {
    this.vendor.moods.unshift('slow', 'slow', 'slow');
    await pause(40);
    await this.#command(known, verb);
    await this.#crash();
  }

  /** As `kill -9`; another one starts on the same data. */
  async #crash(): Promise<void> {
    this.#host.life.die();
    // What it had sent arrives, in part.
    await pause(20);
    this.vendor.drop();
    // On a shared database the lease of the dead one runs out first.
    this.#skip(20_000);
    await this.#start();
  }

  /** Where hosts share a database: one is frozen past its lease, another takes over, then both are awake. */
  async #freeze(): Promise<void> {
    if (this.#host.store.native.engine === 'sqlite') return this.#crash();
    const frozen = this.#host;
    frozen.life.freeze();
    // Nothing lies anywhere as long as a lease lasts.
    await this.vendor.lookAtAll();
    this.#skip(20_000);
    await this.#start();
    await pause(150);
    frozen.life.thaw();
  }

  async #settle(known: KnownMailing): Promise<void> {
    // What a dead host has sent is there by now.
    await pause(20);
    const held = this.vendor.queues.get(known.queue)?.held ?? new Map();
    const doubts = await this.#contactsIn(known, 'in_doubt');
    const settle = (as: string, contactIds: readonly string[]) =>
      this.#host.ask(`/mailings/${known.id}/settle`, { json: { as, contactIds } });
    const there = doubts.filter((id) => held.has(id));
    const absent = doubts.filter((id) => !held.has(id));
    if (there.length > 0) await this.#mayRefuse(await settle('sent', there));
    if (absent.length === 0) return;
    for (const id of absent) this.vendor.wanted.add(id);
    const { status } = await this.#mayRefuse(await settle('pending', absent));
    if (status === 409) {
      const given = await this.#mayRefuse(await settle('failed', absent));
      if (given.status === 200) for (const id of absent) known.givenUp.add(id);
    }
  }

  async #mayRefuse(response: Response): Promise<Response> {
    if (response.status !== 200 && response.status !== 409)
      throw new Error(`settling was answered ${response.status}: ${await response.text()}`);
    return response;
  }

  async #contactsIn({ id }: KnownMailing, state: string): Promise<string[]> {
    const list = await this.#host.ask(`/mailings/${id}/contacts?state=${state}`);
    return (await jsonOf(list, ContactsShape)).contacts.map(({ contactId }) => contactId);
  }

  async #show({ id }: KnownMailing): Promise<ShownMailing> {
    return jsonOf(await this.#host.ask(`/mailings/${id}`), ShownMailingSchema);
  }

  /** What holds after every step. @returns what does not */
  async wrongs(): Promise<string[]> {
    const wrongs = [...this.vendor.wrongs, ...(await forbiddenChanges(this.#host.store))];
    for (const known of this.mailings) {
      const shown = await this.#show(known);
      const sum = shown.pending + shown.sending + shown.sent + shown.failed + shown.inDoubt;
      if (sum !== size) wrongs.push(`the counts add up to ${sum}: ${JSON.stringify(shown)}`);
    }
    return wrongs;
  }

  /** The telephone system is in a good mood, and the person brings every mailing to its end. @returns what is wrong then */
  async finish(): Promise<string[]> {
    this.vendor.moods.length = 0;
    const deadline = Date.now() + 600_000;
    for (;;) {
      const states = await Promise.all(this.mailings.map((known) => this.#bringOn(known)));
      if (states.every((isAtRest) => isAtRest)) break;
      if (Date.now() > deadline)
        return [
          'not every mailing comes to rest',
          ...(await Promise.all(
            this.mailings.map(async (known) => JSON.stringify(await this.#show(known))),
          )),
        ];
      this.#skip(2000);
      await pause(15);
    }
    const wrongs = await this.wrongs();
    for (const known of this.mailings) wrongs.push(...(await this.#lost(known)));
    return wrongs;
  }

  async #bringOn(known: KnownMailing): Promise<boolean> {
    const { state, pending, sending, failed, inDoubt, replacedAt } = await this.#show(known);
    if (inDoubt > 0 && state !== 'loading') {
      await this.#settle(known);
      return false;
    }
    if (state === 'paused') await this.#command(known, 'resume');
    if (state === 'stopped' && !(await this.#command(known, 'retry')))
      await this.#command(known, 'cancel');
    const isOver = state === 'cancelled' || state === 'finished';
    if (isOver || replacedAt !== null) return sending === 0 && (isOver || state === 'active');
    if (state !== 'active') return false;
    if (pending + failed === 0) return true;
    await this.#command(known, 'retry');
    return false;
  }

  async #lost(known: KnownMailing): Promise<string[]> {
    const { state, replacedAt } = await this.#show(known);
    const queue = this.vendor.queues.get(known.queue);
    const sent = new Set(await this.#contactsIn(known, 'sent'));
    const name = `m${this.mailings.indexOf(known)}-`;
    const held = [...(queue?.held.keys() ?? [])].filter((id) => id.startsWith(name));
    const neverThere = [...sent].filter((id) => queue?.ever.has(id) !== true);
    const wrongs = neverThere.map((id) => `${id} is sent, but the telephone system never got it`);
    const isKeyed = this.#kind === 'keyed';
    if (!isKeyed || state === 'active') {
      wrongs.push(
        ...held
          .filter((id) => !sent.has(id) && !known.givenUp.has(id))
          .map((id) => `the telephone system has ${id} of a mailing that is ${state}, in silence`),
      );
    }
    const isWhole = state === 'active' && replacedAt === null;
    if (isWhole && sent.size !== size)
      wrongs.push(`only ${sent.size} of ${name} are sent at the end`);
    if (isWhole && !this.#clearedByHand.has(known.queue) && held.length !== sent.size)
      wrongs.push(`the telephone system has ${held.length} of the ${sent.size} that are sent`);
    return wrongs;
  }

  async close(): Promise<void> {
    for (const { life, stop } of this.#all) if (!life.isDead) await stop();
    for (const { life, store } of this.#all) if (life.isDead) await store.close();
    await this.vendor.close();
    await this.#place.remove();
  }
}
