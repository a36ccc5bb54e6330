import { styleText } from 'node:util';
import type { Environment } from '@finaz-telephony/host';
import type { VendorServer } from '@finaz-telephony/testing';
import { ofetch } from 'ofetch';
import { adminKeyOf } from './admin-key.ts';
import { showCalls } from './call-part.ts';
import { saveCompany, tenantId } from './company.ts';
import { showMailing } from './mailing-part.ts';
import type { Show } from './show.ts';

export interface DemoOptions {
  readonly hostUrl: string;
  readonly newAdminKey: string | undefined;
  readonly environment: Environment;
  readonly vendor: VendorServer;
  readonly show: Show;
}

/** Shows the main job once, through the host's own API: what a company does in a day, in a second. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { hostUrl, newAdminKey, environment, vendor, show } = options;
  const step = (title: string, outcome: string) =>
    show.line(`${styleText('green', '✓')} ${styleText('bold', title.padEnd(22))} ${outcome}`);
  const withKey = (baseURL: string, key: string) =>
    ofetch.create({ baseURL, headers: { Authorization: `Bearer ${key}` }, retry: 0 });
  const title = 'Finaz Telephony: the main job, with a demo company and a demo telephone system';
  for (const line of ['', styleText('bold', title), '']) show.line(line);

  const admin = withKey(`${hostUrl}/v1`, newAdminKey ?? adminKeyOf(environment));
  const { version, key } = await saveCompany(admin, vendor);
  step(
    'company saved',
    `document version ${version}; the credentials were tried at the telephone system first`,
  );
  vendor.setEventUrl(
    `${hostUrl}/telephony-proxy/atendimentodiscador?pid=ID_CRM&num=NUMERO_TELEFONE&cid=ID_LIGACAO&ramal=RAMAL_USUARIO&empresald=${tenantId}`,
  );
  const tenantUrl = `${hostUrl}/v1/tenants/${tenantId}`;
  const part = { tenant: withKey(tenantUrl, key), tenantUrl, key, vendor, show, step };
  await showCalls(part);
  await showMailing(part);
  sayWhereItIs(options, key);
}

function sayWhereItIs(
  { hostUrl, newAdminKey, environment, vendor, show }: DemoOptions,
  key: string,
): void {
  const print = show.line;
  print('');
  print(`Serving at      ${styleText('underline', hostUrl)}   (telephone system at ${vendor.url})`);
  print(`API reference   ${styleText('underline', `${hostUrl}/docs`)}`);
  print(`Key of company  ${key}`);
  if (newAdminKey !== undefined)
    print(
      `Admin key       ${newAdminKey}   (kept in ${environment.dataDir}/keys.json; not shown again)`,
    );
  print('');
  print('Try it:');
  print(
    `  curl -s -X POST ${hostUrl}/v1/tenants/${tenantId}/calls -H 'Authorization: Bearer ${key}' \\`,
  );
  print(
    `    -H 'Content-Type: application/json' -d '{"queue":"7","extension":"1002","areaCode":"41","number":"99999-8888"}'`,
  );
  print('');
  print('Ctrl-C stops it.');
}
