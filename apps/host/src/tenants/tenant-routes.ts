import { Hono } from 'hono';
import * as v from 'valibot';
import { adminOnly } from '../http/authentication.ts';
import { invalidRequest, RequestError } from '../http/request-error.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { parsePlainJson, takesNothing } from '../http/json-body.ts';
import { wholeNumber } from '../http/paging.ts';
import { readQuery } from '../http/read-query.ts';
import { smallBody } from '../http/small-body.ts';
import { unreadableRow } from '../store/damaged-rows.ts';
import { described } from '../http/openapi.ts';
import { formatIssue } from './document-issue.ts';
import { notAppliedOf, NotAppliedSchema, type NotAppliedDocuments } from './not-applied.ts';
import { readDocument } from './read-document.ts';
import { DocumentRefused, saveTenant, type SaveDependencies } from './save-tenant.ts';
import { TenantDocumentSchema } from './tenant-document.ts';
import type { ExpectedVersion } from './tenant-documents.ts';
import { tenantIdOf } from './tenant-id.ts';

const ShownDocumentSchema = v.pipe(TenantDocumentSchema, v.metadata({ ref: 'TenantDocument' }));
const SavedSchema = v.pipe(
  v.object({
    id: v.string(),
    version: v.number(),
    changed: v.boolean(),
    warnings: v.array(v.string()),
  }),
  v.metadata({ ref: 'SavedTenant' }),
);
const etag = { ETag: 'The version, to be sent as `If-Match` with a change.' };
const VersionSchema = v.object({
  version: v.number(),
  author: v.pipe(
    v.string(),
    v.description('The id of the key, or the way, by which it was saved.'),
  ),
  createdAt: v.string(),
});

const saveQuery = {
  check: v.exactOptional(
    v.pipe(
      v.picklist(['skip'], 'can only be "skip"'),
      v.description('`skip` saves without trying the credentials.'),
    ),
  ),
};

/** Tenant documents and their versions, under `/v1/tenants`. */
export function createTenantRoutes(
  dependencies: SaveDependencies,
  notApplied: NotAppliedDocuments,
): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  const { tenants } = dependencies;

  app.get(
    '/tenants',
    adminOnly,
    described({
      id: 'listTenants',
      tag: 'tenants',
      summary: 'List the companies of this host',
      ofHost: true,
      answers: {
        200: {
          description: 'All of them.',
          schema: v.object({
            tenants: v.array(
              v.object({
                id: v.string(),
                name: v.string(),
                version: v.number(),
                unreadable: unreadableRow('document'),
              }),
            ),
            notApplied: v.array(NotAppliedSchema),
          }),
        },
      },
    }),
    async (context) => {
      const listed = await tenants.list();
      const versions = new Map(listed.map(({ id, version }) => [id, version]));
      return context.json({
        tenants: listed,
        notApplied: [...notApplied.keys()].flatMap(
          (id) => notAppliedOf(notApplied, id, versions.get(id)) ?? [],
        ),
      });
    },
  );

  app.put(
    '/tenants/:tenant',
    described({
      id: 'saveTenant',
      tag: 'tenants',
      summary: 'Save the tenant document',
      description:
        'YAML or JSON. Checked whole, the credentials of its connections tried, then saved as a new version: all of it or nothing. `If-Match` with the ETag of GET keeps two people from overwriting each other, `If-None-Match: *` those who make one with the same id.',
      bodies: {
        'application/json': { schema: ShownDocumentSchema },
        'application/yaml': { schema: ShownDocumentSchema },
      },
      query: saveQuery,
      headers: {
        'If-Match': 'The ETag of the version that you changed; `*`: the company must be there.',
        'If-None-Match': '`*`: the company must be new.',
      },
      answers: {
        200: { description: 'Saved.', schema: SavedSchema, headers: etag },
        201: { description: 'Saved; the company is new.', schema: SavedSchema, headers: etag },
      },
    }),
    async (context) => {
      const tenantId = tenantIdOf(context);
      const { check } = readQuery(context, saveQuery);
      const input = await readTenantBody(context);
      if (typeof input === 'object' && input !== null && 'id' in input && input.id !== tenantId) {
        throw invalidRequest([
          { path: 'id', message: `is not the id of the address; write "${tenantId}"` },
        ]);
      }
      const expected = expectedVersion(context);
      const saved = await saveTenant(dependencies, input, {
        author: context.get('principal').keyId,
        skipCredentials: check === 'skip',
        ...(expected !== undefined && { expected }),
      }).catch(refusedAsProblem);
      context.header('ETag', `"${saved.version}"`);
      const { version, changed, warnings } = saved;
      return context.json(
        { id: tenantId, version, changed, warnings: [...warnings] },
        saved.created ? 201 : 200,
      );
    },
  );

  app.get(
    '/tenants/:tenant',
    described({
      id: 'getTenant',
      tag: 'tenants',
      summary: 'Read the tenant document',
      description: 'Secrets are named in it, never shown.',
      answers: {
        200: {
          description: 'The document; its version is in the ETag.',
          schema: ShownDocumentSchema,
          headers: {
            ...etag,
            'Not-Applied':
              'Only if a document of this company could not be applied when the host started: where the reasons are.',
          },
        },
      },
    }),
    async (context) => {
      const tenantId = tenantIdOf(context);
      const stored = await tenants.read(tenantId);
      if (!stored) throw noTenant();
      if (notAppliedOf(notApplied, tenantId, stored.version))
        context.header('Not-Applied', `/v1/tenants/${encodeURIComponent(tenantId)}/versions`);
      return context.json(plainDocument(stored.document), 200, { ETag: `"${stored.version}"` });
    },
  );

  app.delete(
    '/tenants/:tenant',
    adminOnly,
    described({
      id: 'deleteTenant',
      tag: 'tenants',
      summary: 'Delete a company with everything that belongs to it',
      ofHost: true,
      description:
        'Its loads stop, its mailings are gone within seconds. Backups from before hold it still, with its key, and can be read with the master key of their day.',
      answers: { 204: { description: 'Deleted.' } },
    }),
    takesNothing,
    async (context) => {
      if (!(await tenants.remove(tenantIdOf(context)))) throw noTenant();
      return context.body(null, 204);
    },
  );

  app.get(
    '/tenants/:tenant/versions',
    described({
      id: 'listTenantVersions',
      tag: 'tenants',
      summary: 'List the versions of the tenant document',
      answers: {
        200: {
          description: 'The latest first.',
          schema: v.object({
            versions: v.array(VersionSchema),
            notApplied: v.nullable(NotAppliedSchema),
          }),
        },
      },
    }),
    async (context) => {
      const tenantId = tenantIdOf(context);
      const versions = await tenants.versions(tenantId);
      return context.json({
        versions: versions.map(({ version, author, createdAt }) => ({
          version,
          author,
          createdAt: new Date(createdAt).toISOString(),
        })),
        notApplied: notAppliedOf(notApplied, tenantId, versions[0]?.version) ?? null,
      });
    },
  );

  app.get(
    '/tenants/:tenant/versions/:version',
    described({
      id: 'getTenantVersion',
      tag: 'tenants',
      summary: 'Read an earlier version; PUT it to go back',
      answers: { 200: { description: 'The document as it was.', schema: ShownDocumentSchema } },
    }),
    async (context) => {
      const version = wholeNumber(context.req.param('version'));
      const stored =
        version === undefined ? undefined : await tenants.readVersion(tenantIdOf(context), version);
      if (!stored) throw new RequestError(404, 'not_found', 'There is no such version.');
      return context.json(plainDocument(stored.document));
    },
  );

  return app;
}

async function readTenantBody(context: HostContext): Promise<unknown> {
  const type = context.req.header('Content-Type') ?? '';
  const text = await smallBody(context);
  // JSON.parse would round a number of many digits; what reads a file keeps them all.
  if (/json/i.test(type)) parsePlainJson(text);
  else if (!/yaml/i.test(type)) {
    throw new RequestError(415, 'unsupported_media_type', 'The document must be YAML or JSON.', {
      hint: 'Send "Content-Type: application/yaml" or "Content-Type: application/json".',
    });
  }
  const reading = readDocument(text);
  if (!('value' in reading))
    throw invalidRequest(
      reading.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
    );
  return reading.value;
}

/** A proxy that compresses the answer to GET marks its ETag as weak: it still names the same version. */
function expectedVersion({ req }: HostContext): ExpectedVersion | undefined {
  const ifMatch = req.header('If-Match');
  const ifNoneMatch = req.header('If-None-Match');
  if (ifNoneMatch !== undefined) return onlyNew(ifNoneMatch, ifMatch);
  if (ifMatch === undefined) return undefined;
  if (ifMatch === '*') return 'any';
  const match = /^(?:W\/)?"(\d{1,9})"$/.exec(ifMatch);
  if (!match)
    throw invalidRequest([
      { parameter: 'If-Match', message: 'must be the ETag of GET, for example "3"' },
    ]);
  return Number(match[1]);
}

function onlyNew(ifNoneMatch: string, ifMatch: string | undefined): ExpectedVersion {
  if (ifNoneMatch === '*' && ifMatch === undefined) return 0;
  throw invalidRequest([
    { parameter: 'If-None-Match', message: 'can only be *, and not beside If-Match' },
  ]);
}

function refusedAsProblem(error: unknown): never {
  if (!(error instanceof DocumentRefused)) throw error;
  throw invalidRequest(
    error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    error.issues.map(formatIssue).join('\n'),
  );
}

function noTenant(): RequestError {
  return new RequestError(404, 'not_found', 'There is no such company on this host.');
}

/** Documents are stored as they were checked. */
function plainDocument(document: unknown): v.InferInput<typeof TenantDocumentSchema> {
  return v.parse(TenantDocumentSchema, document);
}
