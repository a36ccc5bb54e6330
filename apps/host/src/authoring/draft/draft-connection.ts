import type { CurlRequest } from '../curl/curl-request.ts';
import { asBatch } from './body-slots.ts';
import { draftLoad } from './draft-load.ts';
import { DraftNotes, type EarlierDraft } from './draft-notes.ts';
import { draftRequest, type DraftedRequest } from './draft-request.ts';
import type { DraftedFeature } from './guess-feature.ts';
import { credentialsHeader, liftCredentials } from './lift-credentials.ts';
import { proposePages } from './propose-pages.ts';
import { proposeReading, type Reading } from './propose-reading.ts';
import { recogniseValues } from './recognise-values.ts';
import { allSlots, noiseOf, takeApart, type RequestSlots } from './request-slots.ts';
import type { KeptReply } from '../../trials/kept-reply.ts';

export interface DraftOptions {
  readonly tenant: string;
  readonly connection: string;
  readonly feature: DraftedFeature;
  readonly reply?: KeptReply | undefined;
  /** A sample of the file of contacts that a load sends. */
  readonly contacts?: Buffer | undefined;
  /** What earlier commands have put into the connection. */
  readonly earlier?: EarlierDraft | undefined;
}

export interface Draft {
  /** The tenant document. */
  readonly document: DraftedDocument;
  readonly notes: DraftNotes;
}

export interface DraftedDocument {
  readonly id: string;
  readonly name: string;
  readonly connections: Readonly<
    Record<
      string,
      { readonly adapter: string; readonly settings: Readonly<Record<string, unknown>> }
    >
  >;
  readonly features: Readonly<Record<string, string>>;
}

/**
 * Makes a connection from a request: credentials are extracted, changing values recognised, and how to read the reply is proposed.
 *
 * @throws {StartError} naming what a document cannot express
 */
export function draftConnection(request: CurlRequest, options: DraftOptions): Draft {
  const { feature, connection, tenant, earlier } = options;
  const notes = new DraftNotes(connection, earlier);
  for (const warning of request.warnings) notes.warn(warning);
  const noise = noiseOf(request);
  if (noise.length > 0)
    notes.warn(
      `headers left out, because only a browser needs them or the host sets them: ${noise.join(', ')}`,
    );
  const taken = takeApart(request);
  const parts = feature === 'contactLoad' ? { ...taken, body: asBatch(taken.body) } : taken;
  const slots = allSlots(parts);
  liftCredentials(slots, parts.headers, notes);
  const credentials = credentialsHeader(request, notes);
  recogniseValues(feature, slots, notes);
  const reading = proposeReading(feature, options.reply, notes);
  const baseUrl = baseUrlOf(request.origin, notes);
  const settings = featureSettings(parts, credentials, reading, options, notes, baseUrl);
  return {
    notes,
    document: {
      id: tenant,
      name: `Company ${tenant}`,
      connections: {
        [connection]: {
          adapter: 'generic-http',
          settings: {
            baseUrl: earlier?.baseUrl ?? baseUrl,
            ...(Object.keys(notes.variables).length > 0 && { variables: notes.variables }),
            [feature]: settings,
          },
        },
      },
      features: { [feature]: connection },
    },
  };
}

/** If the command has another tool's variable as its address, a valid placeholder address takes its place, so that the document passes its checks. */
function baseUrlOf(origin: string, notes: DraftNotes): string {
  const name = /\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}/.exec(origin)?.[1];
  if (name !== undefined) {
    const isWhole = origin.startsWith('{{');
    notes.unknown(name, `${isWhole ? 'https://' : ''}fill-in.example`);
  }
  return notes.text(origin);
}

function featureSettings(
  parts: RequestSlots,
  credentials: Readonly<Record<string, string>>,
  reading: Reading,
  { feature, contacts, earlier }: DraftOptions,
  notes: DraftNotes,
  baseUrl: string,
): Readonly<Record<string, unknown>> {
  const load = feature === 'contactLoad' ? draftLoad(parts, contacts, notes) : undefined;
  const request = draftRequest(load?.parts ?? parts, credentials, notes);
  const { link, furtherPage, ...read } = reading;
  if (link !== undefined)
    return {
      steps: [{ request, ...read, capture: { audio: link } }],
      request: { url: '{{ captures.audio }}' },
    };
  return {
    ...load?.settings,
    request: {
      ...(load?.isFile ? withoutBody(request) : request),
      // This feature's host differs from the connection's `baseUrl`, so its address is written in full.
      ...(earlier?.baseUrl !== undefined &&
        earlier.baseUrl !== baseUrl && { url: baseUrl + request.url }),
    },
    ...read,
    ...(feature === 'dialerResults' && proposePages(request, furtherPage, notes)),
  };
}

function withoutBody(request: DraftedRequest): DraftedRequest {
  const { body: _, headers, ...rest } = request;
  const kept = Object.entries(headers ?? {}).filter(([name]) => !/^content-type$/i.test(name));
  return { ...rest, ...(kept.length > 0 && { headers: Object.fromEntries(kept) }) };
}
