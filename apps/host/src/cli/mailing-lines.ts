import { styleText } from 'node:util';
import type { ShownMailing } from '../mailings/show-mailing.ts';

const count = (value: number): string => value.toLocaleString('en-US');

/** `46 s`, `3 min 20 s`, `1 h 5 min` */
export function span(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Number of contacts that need no further sending: sent, failed or in doubt. */
export const settled = ({ sent, failed, inDoubt }: ShownMailing): number => sent + failed + inDoubt;

const percent = (mailing: ShownMailing): number =>
  mailing.total === 0 ? 100 : Math.floor((settled(mailing) / mailing.total) * 100);

/** State and step of a mailing: `loading: clear`. */
export const stage = ({ state, step }: ShownMailing): string =>
  step === null ? state : `${state}: ${step}`;

/** The counts of contacts that something is wrong with. */
function troubles({ failed, inDoubt, missing }: ShownMailing): string[] {
  return [
    ...(failed > 0 ? [`${count(failed)} failed`] : []),
    ...(inDoubt > 0 ? [`${count(inDoubt)} in doubt`] : []),
    ...(missing > 0 ? [`${count(missing)} missing at the telephone system`] : []),
  ];
}

export interface Pace {
  readonly perSecond: number | undefined;
  readonly secondsLeft: number | undefined;
}

const width = 24;

/** One line for a terminal: `█████░░░ 43%  43,000 of 100,000  1,234/s  46 s left  loading: send`. */
export function barLine(mailing: ShownMailing, pace: Pace): string {
  const filled = Math.floor((percent(mailing) / 100) * width);
  const bar = `${styleText('green', '█'.repeat(filled))}${'░'.repeat(width - filled)}`;
  const bad = troubles(mailing).map((text) => styleText('yellow', text));
  return [`${bar} ${percent(mailing)}%`, ...figures(mailing, pace), ...bad, stage(mailing)].join(
    '  ',
  );
}

/** The line for a file or a log, without a bar and colours. */
export function plainLine(mailing: ShownMailing, pace: Pace): string {
  return [
    new Date().toISOString(),
    stage(mailing),
    `${percent(mailing)}%`,
    ...figures(mailing, pace),
    ...troubles(mailing),
  ].join('  ');
}

function figures(mailing: ShownMailing, { perSecond, secondsLeft }: Pace): string[] {
  return [
    `${count(settled(mailing))} of ${count(mailing.total)}`,
    ...(perSecond === undefined ? [] : [`${count(Math.round(perSecond))}/s`]),
    ...(secondsLeft === undefined ? [] : [`${span(secondsLeft)} left`]),
  ];
}

/** The error that stops or delays a mailing, and when the mailing goes on. */
export function errorLines({ error, heldUntil }: ShownMailing): string[] {
  if (!error) return [];
  return [
    `${error.message} (${error.code})`,
    ...(error.hint === undefined ? [] : [error.hint]),
    ...(heldUntil === null ? [] : [`goes on at ${heldUntil}`]),
  ];
}

/** Everything that is known about a mailing. */
export function mailingLines(mailing: ShownMailing): string[] {
  const { mailingId, queue, total, pending, sending, sent, rejected, taken } = mailing;
  const counts = [
    `${count(sent)} sent`,
    `${count(pending)} pending`,
    ...(sending > 0 ? [`${count(sending)} on their way`] : []),
    ...troubles(mailing),
  ];
  const moments = [
    ['created', mailing.createdAt],
    ['active', mailing.activatedAt],
    ['replaced', mailing.replacedAt],
    ['finished', mailing.finishedAt],
  ] as const;
  return [
    `mailing   ${mailingId}`,
    `queue     ${queue}`,
    `state     ${stage(mailing)}`,
    `contacts  ${count(total)}: ${counts.join(', ')}`,
    ...(rejected > 0
      ? [
          `rejected  ${count(rejected)} ${rejected === 1 ? 'row, which was' : 'rows, which were'} not taken in`,
        ]
      : []),
    ...(taken === null ? [] : [`taken     ${count(taken)}, says the telephone system`]),
    ...errorLines(mailing).map(
      (line, index) => `${index === 0 ? 'error     ' : '          '}${line}`,
    ),
    ...moments.flatMap(([name, at]) => (at === null ? [] : [`${name.padEnd(10)}${at}`])),
  ];
}

/** A table, one mailing a line. */
export function listLines(mailings: readonly ShownMailing[]): string[] {
  const head = [
    'MAILING',
    'QUEUE',
    'STATE',
    'TOTAL',
    'SENT',
    'PENDING',
    'FAILED',
    'IN DOUBT',
    'CREATED',
  ];
  const rows = mailings.map((mailing) => [
    mailing.mailingId,
    mailing.queue,
    stage(mailing),
    ...[
      mailing.total,
      mailing.sent,
      mailing.pending + mailing.sending,
      mailing.failed,
      mailing.inDoubt,
    ].map(count),
    mailing.createdAt,
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
