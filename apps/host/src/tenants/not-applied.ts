import * as v from 'valibot';

/** A document of the folder `TENANTS` that did not fit the secrets of its company when this host started, or a secret there that did not fit the document. */
export interface NotApplied {
  readonly file: string;
  /** The version that the company had then, and is served by; `null` if it had none, and is not served. */
  readonly servedVersion: number | null;
  readonly issues: readonly string[];
}

/** By the id of the company. */
export type NotAppliedDocuments = ReadonlyMap<string, NotApplied>;

export const NotAppliedSchema = v.pipe(
  v.object({
    id: v.string(),
    file: v.string(),
    servedVersion: v.pipe(
      v.nullable(v.number()),
      v.description('The earlier version that the company is served by; `null`: it is not served.'),
    ),
    issues: v.array(v.string()),
  }),
  v.description(
    'A document, or secrets, in the folder `TENANTS` that could not be applied when this host started, because of a secret. Until one is saved, or the host starts again.',
  ),
  v.metadata({ ref: 'DocumentNotApplied' }),
);

/** @param version that the company has now: once another one is saved, the file is of the past */
export function notAppliedOf(
  documents: NotAppliedDocuments,
  id: string,
  version: number | undefined,
): v.InferOutput<typeof NotAppliedSchema> | undefined {
  const document = documents.get(id);
  if (!document || document.servedVersion !== (version ?? null)) return undefined;
  return { id, ...document, issues: [...document.issues] };
}
