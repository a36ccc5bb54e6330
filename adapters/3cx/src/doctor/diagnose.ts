import { finding, type AdapterContext, type Finding } from '@finaz-telephony/core';
import type { Login } from '../login.ts';
import { inLogin, type PbxWork } from '../pbx.ts';
import type { ThreeCxSettings } from '../settings.ts';
import { checkControl } from './check-control.ts';
import { checkReports } from './check-reports.ts';
import { checkSystem } from './check-system.ts';
import { found } from './found.ts';

/** Checks a live 3CX through the connection; changes nothing there, except that the new token invalidates the previous one. */
export async function* diagnosePbx(
  settings: ThreeCxSettings,
  login: Login,
  context: AdapterContext,
): AsyncGenerator<Finding> {
  const entered = await found('login', () => login.enterAnew(context));
  if (!entered.is) {
    yield entered.failure;
    return;
  }
  yield finding.ok('login', '3CX accepts the API client');
  yield encryption(new URL(settings.baseUrl));
  const work: PbxWork = { settings, context: inLogin(login, context), feature: undefined };
  yield* checkSystem(work);
  yield* checkControl(work);
  yield* checkReports(work);
}

function encryption({ protocol, hostname }: URL): Finding {
  if (protocol === 'https:') return finding.ok('tls', 'the connection is encrypted');
  if (['127.0.0.1', 'localhost', '[::1]'].includes(hostname))
    return finding.ok('tls', 'not encrypted, on the machine itself');
  return finding.warning(
    'tls',
    'not encrypted: the API key and the numbers of debtors travel in the clear',
    'settings of the connection: write baseUrl with https://',
  );
}
