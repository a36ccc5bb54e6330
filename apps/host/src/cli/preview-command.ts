import process from 'node:process';
import { defineCommand } from 'citty';
import { createFetch } from 'ofetch';
import { readEnvironment, StartError } from '../environment.ts';
import { FeatureNameSchema, featureNames } from '@finaz-telephony/core';
import * as v from 'valibot';
import { sampleInput } from '../calls/sample-input.ts';
import { loadHostKeys } from '../store/master-keys.ts';
import { guarded, print } from './command-line.ts';
import { readInput } from './read-input.ts';

const send = createFetch({
  defaults: { retry: 0, ignoreResponseError: true, responseType: 'json' },
});

export const previewCommand = defineCommand({
  meta: {
    name: 'preview',
    description:
      'Show the exact request of a feature, secrets masked; nothing is sent to the telephone system',
  },
  args: {
    tenant: { type: 'positional', required: true, description: 'id of the company' },
    connection: { type: 'positional', required: true, description: 'name of the connection' },
    feature: {
      type: 'positional',
      required: true,
      description: featureNames.filter((name) => name !== 'answeredCall').join(', '),
    },
    input: {
      type: 'string',
      description: `what the feature is given; by default an example: ${JSON.stringify(sampleInput('click2call'))}`,
      valueHint: 'JSON',
    },
    url: { type: 'string', description: 'address of the running host; by default HOST and PORT' },
    key: { type: 'string', description: 'API key; by default the admin key of this data folder' },
  },
  run: guarded(
    async ({
      args,
    }: {
      args: {
        tenant: string;
        connection: string;
        feature: string;
        input?: string | undefined;
        url?: string | undefined;
        key?: string | undefined;
      };
    }) => {
      const environment = readEnvironment(process.env);
      const base = args.url ?? `http://${environment.host}:${environment.port}`;
      const key = args.key ?? loadHostKeys(environment).adminKey;
      let response: { readonly status: number; readonly _data?: unknown };
      try {
        response = await send.raw(
          `${base}/v1/tenants/${encodeURIComponent(args.tenant)}/connections/${encodeURIComponent(args.connection)}/preview`,
          {
            method: 'POST',
            body: { feature: args.feature, input: inputOf(args) },
            headers: { Authorization: `Bearer ${key}` },
          },
        );
      } catch (error) {
        throw new StartError(
          `no host answers at ${base}; start one with "finaz-telephony serve", or name it with --url`,
          { cause: error },
        );
      }
      print(JSON.stringify(response._data, undefined, 2));
      if (response.status !== 200) process.exitCode = 1;
    },
  ),
});

function inputOf({ feature, input }: { feature: string; input?: string | undefined }): unknown {
  if (input !== undefined) return readInput(input);
  return v.is(FeatureNameSchema, feature) ? sampleInput(feature) : {};
}
