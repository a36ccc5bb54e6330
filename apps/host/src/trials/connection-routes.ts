import type { Finding } from '@finaz-telephony/core';
import { FindingSchema } from '@finaz-telephony/core/host';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { HostEnv } from '../http/host-env.ts';
import { takesNothing } from '../http/json-body.ts';
import { described, idempotencyHeader } from '../http/openapi.ts';
import { connectionOf } from './connection-of.ts';
import { diagnoseConnection } from './diagnose-connection.ts';
import type { LoggedWorkplace } from '../adapter-work/in-context.ts';

const DoctorSchema = v.object({
  ok: v.pipe(v.boolean(), v.description('Nothing is broken.')),
  findings: v.array(FindingSchema),
});

const ShownConnectionSchema = v.object({
  name: v.string(),
  adapter: v.string(),
  features: v.pipe(v.array(v.string()), v.description('Those that it can serve.')),
  boundFeatures: v.pipe(v.array(v.string()), v.description('Those that it serves.')),
  canBeTested: v.pipe(v.boolean(), v.description('Its credentials can be tried.')),
});

/** The connections of a company, and the health of their telephone systems, under `/v1/tenants/:tenant`. */
export function createConnectionRoutes(workplace: LoggedWorkplace): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  app.get(
    '/connections',
    described({
      id: 'listConnections',
      tag: 'connections',
      summary: 'List the connections of the company with what they can do',
      answers: {
        200: {
          description: 'All of them.',
          schema: v.object({ connections: v.array(ShownConnectionSchema) }),
        },
      },
    }),
    (context) => {
      const tenant = context.get('tenant');
      const connections = [...tenant.connections.values()].map((connection) => ({
        name: connection.name,
        adapter: connection.adapterId,
        features: Object.keys(connection.adapter.features),
        boundFeatures: Object.entries(tenant.bindings)
          .filter(([, name]) => name === connection.name)
          .map(([feature]) => feature),
        canBeTested: connection.adapter.checkCredentials !== undefined,
      }));
      return context.json({ connections });
    },
  );

  app.post(
    '/connections/:connection/doctor',
    described({
      id: 'diagnoseConnection',
      tag: 'connections',
      summary: 'Look at the whole telephone system behind a connection and say what to mend',
      description: 'Sends many small requests, none of which dials or loads. Takes some seconds.',
      headers: idempotencyHeader,
      answers: { 200: { description: 'Each thing looked at.', schema: DoctorSchema } },
    }),
    takesNothing,
    async (context) => {
      const tenant = context.get('tenant');
      const connection = connectionOf(tenant, context.req.param('connection'));
      const findings: Finding[] = [];
      for await (const finding of diagnoseConnection(workplace, tenant, connection))
        findings.push(finding);
      return context.json({ ok: findings.every(({ state }) => state !== 'broken'), findings });
    },
  );

  return app;
}
