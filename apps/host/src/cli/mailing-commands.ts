import process from 'node:process';
import { defineCommand } from 'citty';
import * as v from 'valibot';
import { mailingStates, type MailingCommand } from '../mailings/mailing-state.ts';
import { ShownMailingSchema, type ShownMailing } from '../mailings/show-mailing.ts';
import { guarded, print, say, tenantIdGiven } from './command-line.ts';
import { hostFlags, HostRefused, openHostApi, type HostFlags } from './host-api.ts';
import { errorLines, listLines, mailingLines } from './mailing-lines.ts';
import { watchMailing } from './watch-mailing.ts';

const tenant = {
  type: 'positional',
  required: true,
  description: 'id of the company',
} as const;
const mailing = {
  type: 'positional',
  required: true,
  description: 'id of the mailing, from "mailings list"',
} as const;
const json = {
  type: 'boolean',
  default: false,
  description: 'print what the API gives, for programs',
} as const;

interface OneMailing {
  readonly args: HostFlags & {
    readonly tenant: string;
    readonly mailing: string;
    readonly json: boolean;
  };
}

const tenantPath = (id: string) => `/tenants/${tenantIdGiven(id)}`;
const mailingPath = ({ args }: OneMailing) =>
  `${tenantPath(args.tenant)}/mailings/${encodeURIComponent(args.mailing)}`;

/** Wraps a command so that a refusal is shown in the host's words, with exit code 1. */
const asking = <Given>(run: (given: Given) => Promise<void>) =>
  guarded(async (given: Given) => {
    try {
      await run(given);
    } catch (error) {
      if (!(error instanceof HostRefused)) throw error;
      say(error.message);
      process.exitCode = 1;
    }
  });

const ListSchema = v.object({
  mailings: v.array(ShownMailingSchema),
  next: v.nullable(v.string()),
});

const list = defineCommand({
  meta: { name: 'list', description: 'List the mailings of a company, the latest first' },
  args: {
    tenant,
    state: { type: 'string', description: `only those in this state: ${mailingStates.join(', ')}` },
    queue: { type: 'string', description: 'only those of this queue' },
    limit: { type: 'string', default: '20', description: 'at most so many, up to 1000' },
    after: {
      type: 'string',
      description: 'only those after this one: the "next" that the previous list gave',
    },
    json,
    ...hostFlags,
  },
  run: asking(
    async ({
      args,
    }: {
      args: HostFlags & {
        tenant: string;
        state?: string | undefined;
        queue?: string | undefined;
        limit: string;
        after?: string | undefined;
        json: boolean;
      };
    }) => {
      const query = new URLSearchParams({
        limit: args.limit,
        ...(args.state !== undefined && { state: args.state }),
        ...(args.queue !== undefined && { queue: args.queue }),
        ...(args.after !== undefined && { after: args.after }),
      });
      const { mailings, next } = await openHostApi(args).get(
        `${tenantPath(args.tenant)}/mailings?${query.toString()}`,
        ListSchema,
      );
      if (args.json) print(JSON.stringify(mailings, undefined, 2));
      else if (mailings.length === 0) say('no mailing');
      else for (const line of listLines(mailings)) print(line);
      // On stderr, because programs read stdout.
      if (next !== null) say(`there are more: --after ${next}`);
    },
  ),
});

const show = defineCommand({
  meta: { name: 'show', description: 'Show where a mailing stands, and what keeps it' },
  args: { tenant, mailing, json, ...hostFlags },
  run: asking(async (given: OneMailing) => {
    printMailing(await openHostApi(given.args).get(mailingPath(given), ShownMailingSchema), given);
  }),
});

const watch = defineCommand({
  meta: {
    name: 'watch',
    description:
      'Follow a mailing until it is loaded, or finished where it is being deactivated; exit code 1 when it stops or is cancelled',
  },
  args: { tenant, mailing, json, ...hostFlags },
  run: asking(async (given: OneMailing) => {
    const last = await watchMailing(
      openHostApi(given.args),
      mailingPath(given),
      given.args.json ? 'json' : 'text',
    );
    if (!given.args.json) for (const line of errorLines(last)) say(line);
    if (last.state === 'stopped' || last.state === 'cancelled') process.exitCode = 1;
  }),
});

const summaries: Readonly<Record<MailingCommand, string>> = {
  pause: 'Pause a load; requests in progress are completed',
  resume: 'Continue a paused load where it stopped',
  retry: 'Continue a stopped load, and send again the contacts that failed or were given up',
  cancel: 'Cancel a load; what is loaded stays at the telephone system until the next clear',
  deactivate: 'End the dialing, and fetch the results',
};

const AfterSchema = v.looseObject({ mailingId: v.string(), state: v.string() });

const steering = (name: MailingCommand) =>
  defineCommand({
    meta: { name, description: summaries[name] },
    args: { tenant, mailing, json, ...hostFlags },
    run: asking(async (given: OneMailing) => {
      const after = await openHostApi(given.args).post(
        `${mailingPath(given)}/${name}`,
        AfterSchema,
      );
      if (given.args.json) print(JSON.stringify(after, undefined, 2));
      else print(`${after.mailingId} ${after.state}`);
    }),
  });

function printMailing(shown: ShownMailing, { args }: OneMailing): void {
  if (args.json) print(JSON.stringify(shown, undefined, 2));
  else for (const line of mailingLines(shown)) print(line);
}

export const mailingsCommand = defineCommand({
  meta: {
    name: 'mailings',
    description:
      'List, watch and steer mailings of a running host (--url and --key, else TELEPHONY_URL and TELEPHONY_KEY, else the host of this environment)',
  },
  subCommands: {
    list,
    show,
    watch,
    pause: steering('pause'),
    resume: steering('resume'),
    retry: steering('retry'),
    cancel: steering('cancel'),
    deactivate: steering('deactivate'),
  },
});
