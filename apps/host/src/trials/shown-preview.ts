import type { X509Certificate } from 'node:crypto';
import * as v from 'valibot';
import { toCurl } from '../exchanges/curl.ts';
import { ShownRequestSchema } from '../exchanges/shown-request.ts';
import type { Preview } from './preview.ts';
import { TracedValueSchema } from './test-connection.ts';

/** A preview, as the API and the command show it. */
export const ShownPreviewSchema = v.object({
  before: v.pipe(
    v.array(ShownRequestSchema),
    v.description(
      'What is sent first: a login, the making of a list. What their answers would give is written "captured-NAME" in the requests after them.',
    ),
  ),
  request: ShownRequestSchema,
  values: v.pipe(v.array(TracedValueSchema), v.description('Where each value came from.')),
  trust: v.pipe(
    v.optional(v.object({ subject: v.string(), expires: v.string(), sha256: v.string() })),
    v.description('The one certificate that the connection trusts (`tls.trust`).'),
  ),
  curl: v.string(),
});

export const shownPreview = (
  { before, request, values }: Preview,
  trust: X509Certificate | undefined,
) => ({
  before,
  request,
  values,
  ...(trust && { trust: shownTrust(trust) }),
  curl: toCurl(request),
});

/** Shows the trusted certificate, so that people can compare it with that of the telephone system. */
const shownTrust = ({ subject, validToDate, fingerprint256 }: X509Certificate) => ({
  subject: subject.replaceAll('\n', ', '),
  expires: validToDate.toISOString(),
  sha256: fingerprint256,
});
