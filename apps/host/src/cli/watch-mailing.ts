import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import * as v from 'valibot';
import { ShownMailingSchema, type ShownMailing } from '../mailings/show-mailing.ts';
import { print, say } from './command-line.ts';
import { HostAway, type HostApi } from './host-api.ts';
import { barLine, plainLine, settled, stage, type Pace } from './mailing-lines.ts';

/** Shows the progress of a mailing. */
interface Screen {
  readonly show: (mailing: ShownMailing) => void;
  /** Stops showing; what is on the terminal stays there. */
  readonly end: () => void;
}

const MessageSchema = v.pipe(v.string(), v.parseJson(), ShownMailingSchema);

/** Whether nothing more will happen by itself. A load ends as `active`, a deactivation as `finished`; after `stopped`, a person must act. */
const isAtRest = ({ state }: ShownMailing): boolean =>
  state === 'active' || state === 'stopped' || state === 'finished' || state === 'cancelled';

const againMs = 1000;
const longestAwayMs = 300_000;

/**
 * Follows a mailing until it comes to rest, even if the host restarts.
 *
 * @returns the mailing at rest
 * @throws {HostAway} if the host does not answer at the beginning, or is away for minutes later on
 */
export async function watchMailing(
  api: Pick<HostApi, 'stream'>,
  path: string,
  form: 'json' | 'text',
): Promise<ShownMailing> {
  const screen =
    form === 'json' ? jsonScreen() : process.stdout.isTTY ? barScreen() : plainScreen();
  process.once('SIGINT', () => {
    screen.end();
    process.exit(130);
  });
  let wasThere = false;
  let awaySince: number | undefined;
  for (;;) {
    try {
      for await (const data of api.stream(`${path}/progress`)) {
        wasThere = true;
        awaySince = undefined;
        const mailing = v.parse(MessageSchema, data);
        screen.show(mailing);
        if (!isAtRest(mailing)) continue;
        screen.end();
        return mailing;
      }
      // The stream ended because the host shuts down: another host, or the same one after a restart, goes on with the mailing.
    } catch (error) {
      // Counted from the first failure, not from the last message: a mailing that waits for its calling hours sends none.
      awaySince ??= performance.now();
      const isLasting = performance.now() - awaySince > longestAwayMs;
      if (!(error instanceof HostAway) || !wasThere || isLasting) {
        screen.end();
        throw error;
      }
    }
    await pause(againMs);
  }
}

const paceOverMs = 10_000;
const leastPaceMs = 1000;

/** Rate and time left, averaged over the last seconds: computed from two consecutive messages, they would jump. */
export function createPace(now: () => number): (mailing: ShownMailing) => Pace {
  let looks: { readonly at: number; readonly done: number }[] = [];
  return (mailing) => {
    const at = now();
    if (mailing.state !== 'loading') {
      looks = [];
      return { perSecond: undefined, secondsLeft: undefined };
    }
    const done = settled(mailing);
    looks = [...looks.filter((look) => at - look.at <= paceOverMs), { at, done }];
    const [first] = looks;
    if (!first || at - first.at < leastPaceMs) {
      return {
        perSecond: mailing.perSecond ?? undefined,
        secondsLeft: mailing.secondsLeft ?? undefined,
      };
    }
    const perSecond = ((done - first.done) / (at - first.at)) * 1000;
    return {
      perSecond,
      secondsLeft: perSecond > 0 ? (mailing.total - done) / perSecond : undefined,
    };
  };
}

function jsonScreen(): Screen {
  return { show: (mailing) => print(JSON.stringify(mailing)), end: () => undefined };
}

function barScreen(): Screen {
  const paceOf = createPace(() => performance.now());
  let said = '';
  return {
    show(mailing) {
      const told = mailing.error?.message ?? '';
      process.stdout.write('\r\u001b[K');
      if (told !== said && !isAtRest(mailing) && told !== '') say(told);
      said = told;
      process.stdout.write(fitting(barLine(mailing, paceOf(mailing)), process.stdout.columns));
    },
    end: () => void process.stdout.write('\n'),
  };
}

/** Cuts a line to the width of the terminal: a wrapped line could not be overwritten by the next. */
export function fitting(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return columns === 0 || plain.length < columns ? line : plain.slice(0, columns - 1);
}

const plainEveryMs = 5000;

function plainScreen(): Screen {
  const paceOf = createPace(() => performance.now());
  let shown = '';
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show(mailing) {
      const pace = paceOf(mailing);
      const now = performance.now();
      const told = [stage(mailing), mailing.error?.message].join();
      if (told === shown && now - shownAt < plainEveryMs) return;
      if (mailing.error && told !== shown && !isAtRest(mailing)) say(mailing.error.message);
      shown = told;
      shownAt = now;
      print(plainLine(mailing, pace));
    },
    end: () => undefined,
  };
}
