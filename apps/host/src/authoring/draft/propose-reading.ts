import type { ReadSettings } from '@finaz-telephony/core/host';
import { StartError } from '../../environment.ts';
import type { DraftNotes } from './draft-notes.ts';
import type { DraftedFeature } from './guess-feature.ts';
import { proposeCapture, proposeTextCapture } from './propose-capture.ts';
import { proposeOutcome, proposeTextOutcome, type ProposedRule } from './propose-outcome.ts';
import { furtherPageOf, type FurtherPage } from './propose-pages.ts';
import { proposeResults, type ProposedResults } from './propose-results.ts';
import { leavesOf, readSample } from './reply-leaves.ts';
import type { KeptReply } from '../../trials/kept-reply.ts';

/** The settings for reading a feature's reply, as a document writes them. */
export interface Reading extends Partial<ProposedResults> {
  readonly read?: ReadSettings;
  readonly outcome?: readonly ProposedRule[];
  readonly capture?: Readonly<Record<string, string>>;
  readonly audio?: { readonly base64: string };
  /** Expression for the address of the audio, if the reply only contains a link to it. */
  readonly link?: string;
  /** How the reply tells whether another page of a report follows. */
  readonly furtherPage?: FurtherPage | undefined;
}

/** @throws {StartError} if a report is imported without a sample reply */
export function proposeReading(
  feature: DraftedFeature,
  reply: KeptReply | undefined,
  notes: DraftNotes,
): Reading {
  if (!reply) {
    if (feature === 'dialerResults')
      throw new StartError(
        'only a sample reply shows where the fields of an attempt are; give one with --reply FILE',
      );
    if (feature !== 'recording')
      notes.warn(
        `${feature}: without a sample reply (--reply FILE), neither an outcome rule nor an id could be proposed; every status from 200 to 299 counts as success`,
      );
    return {};
  }
  if (feature === 'recording') return proposeRecording(reply, notes);
  const sample = readSample(reply.body);
  const isText = typeof sample.value === 'string';
  const leaves = leavesOf(sample.value);
  const { rule, isFailure } = isText ? proposeTextOutcome(reply.body) : proposeOutcome(leaves);
  const isRefusal = isFailure || reply.status >= 400;
  if (isRefusal)
    notes.warn(
      `${feature}: the sample reply reports a failure; import a reply of a success, so that an id to keep can be proposed`,
    );
  const capture = isRefusal
    ? {}
    : isText
      ? proposeTextCapture(feature, reply.body)
      : proposeCapture(feature, leaves);
  if (feature === 'click2call' && !isRefusal && Object.keys(capture).length === 0)
    notes.warn(
      'click2call.capture.callId: the sample reply has nothing that looks like the id of a call; recordings and transfers need it',
    );
  return {
    ...(sample.read && !isText && { read: sample.read }),
    ...(rule && { outcome: [rule] }),
    ...(Object.keys(capture).length > 0 && { capture }),
    ...(feature === 'dialerResults' && {
      ...proposeResults(sample, notes),
      furtherPage: furtherPageOf(leaves),
    }),
  };
}

/** The reply is the audio itself, or JSON that contains it or links to it. */
function proposeRecording(reply: KeptReply, notes: DraftNotes): Reading {
  const sample = readSample(reply.body);
  if (typeof sample.value === 'string') return {};
  const texts = leavesOf(sample.value).flatMap(({ path, value }) =>
    typeof value === 'string' ? [{ path, value }] : [],
  );
  const { rule } = proposeOutcome(leavesOf(sample.value));
  const reading = {
    ...(sample.read && { read: sample.read }),
    ...(rule && { outcome: [rule] }),
  };
  const link = texts.find(({ value }) => /^https?:\/\/\S+$/.test(value));
  if (link) return { ...reading, link: `{{ reply${link.path} }}` };
  const base64 = texts.find(({ value }) => /^(?:data:[^,]*,)?[A-Za-z0-9+/=\s]{200,}$/.test(value));
  if (base64) return { ...reading, audio: { base64: `{{ reply${base64.path} }}` } };
  notes.warn(
    'recording: the sample reply is not audio, and has neither a link to audio nor audio in Base64',
  );
  return reading;
}
