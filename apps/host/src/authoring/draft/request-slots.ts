import type { CurlRequest } from '../curl/curl-request.ts';
import { bodySlots, type BodyDraft } from './body-slots.ts';
import { decoded, pairsOf, slotOf, type Pair } from './pairs.ts';
import type { Slot } from './slot.ts';

/** An imported request taken apart into the values that may become expressions. */
export interface RequestSlots {
  readonly request: CurlRequest;
  /** The segments of the path, without the leading slash. */
  readonly path: readonly Slot[];
  /** Pairs of the query, or its text if it does not consist of pairs. */
  readonly query: readonly Pair[] | string;
  readonly headers: readonly Slot[];
  readonly body: BodyDraft | undefined;
}

/** Headers that only a browser or another tool sends and no telephone system needs, and those that the host sets itself. */
const noise =
  /^(?:sec-.*|dnt|priority|pragma|cache-control|accept-encoding|connection|keep-alive|expect|upgrade-insecure-requests|content-length|transfer-encoding|host|te|postman-token|upgrade)$/;

export function takeApart(request: CurlRequest): RequestSlots {
  const segments = request.path.replace(/^\//, '').split('/');
  const type = request.headers.get('content-type')?.value ?? '';
  return {
    request,
    path: segments.map((segment, index) =>
      slotOf([segments[index - 1] ?? ''], 'url', decoded(segment) ?? segment),
    ),
    query: pairsOf(request.query, 'query') ?? request.query,
    headers: [...request.headers.values()]
      .filter(({ name }) => !noise.test(name.toLowerCase()))
      .filter(({ name }) => !(request.body?.kind === 'parts' && /^content-type$/i.test(name)))
      .map(({ name, value }) => slotOf([name], `headers.${name}`, value)),
    body: request.body && bodySlots(request.body, type),
  };
}

/** The headers left out as noise, for a warning; the host sets Host and Content-Length anyway, so they are not listed. */
export function noiseOf({ headers }: CurlRequest): readonly string[] {
  return [...headers.values()]
    .map(({ name }) => name)
    .filter((name) => noise.test(name.toLowerCase()) && !/^(?:host|content-length)$/i.test(name));
}

export function allSlots({ path, query, headers, body }: RequestSlots): readonly Slot[] {
  return [
    ...(typeof query === 'string' ? [] : query.map(({ slot }) => slot)),
    ...(body?.slots ?? []),
    ...path,
    ...headers,
  ];
}
