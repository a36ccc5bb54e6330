import { finding, type Finding } from '@finaz-telephony/core';
import * as v from 'valibot';
import type { ServerAccess } from '../setup/server-access.ts';
import type { Ari } from './server.ts';

/** What each module is for, by its name without `.so`. */
export const needed: Readonly<Record<string, string>> = {
  res_ari: 'the REST interface',
  res_ari_asterisk: 'the REST interface',
  res_ari_channels: 'click2call',
  res_ari_endpoints: "the operator's current call",
  res_ari_bridges: "the operator's current call",
  res_ari_recordings: 'recordings',
  res_stasis_recording: 'recordings',
  func_curl: 'the answered event',
  res_curl: 'the answered event',
  app_mixmonitor: 'recordings',
  app_queue: 'queues of operators',
  app_originate: 'the dialer and the answered event',
  app_stack: 'the dialplan (Gosub)',
  app_dial: 'calls',
  app_exec: 'the dialplan',
  app_verbose: 'the dialplan (Log)',
  func_groupcount: 'the pace of the dialer',
  func_db: 'the list of contacts',
  func_uri: 'the answered event',
  func_cut: 'the dialplan',
  func_strings: 'the dialplan',
  func_logic: 'the dialplan',
  func_channel: 'the dialplan',
  func_callerid: 'the number that the carrier is told',
  func_global: 'the list of interrupted calls',
  func_uuid: 'the list of interrupted calls',
  func_dialplan: 'this doctor',
  func_hangupcause: 'the outcome of calls',
};
const wished: Readonly<Record<string, string>> = {
  app_amd: 'answering machines (contacts loaded with detection)',
};

const ModulesSchema = v.array(v.object({ name: v.string(), status: v.string() }));

/** Returns whether the remaining checks are possible. */
export async function* checkModules(
  { technology }: ServerAccess,
  ari: Ari,
): AsyncGenerator<Finding, boolean> {
  const answer = await ari('GET', '/asterisk/modules');
  const modules = v.safeParse(ModulesSchema, answer.json);
  if (!modules.success) return true;
  const running = new Set(
    modules.output.filter(({ status }) => status === 'Running').map(({ name }) => name),
  );
  const channel = technology === 'PJSIP' ? { chan_pjsip: "the operators' phones" } : {};
  const lacking = (wanted: Readonly<Record<string, string>>) =>
    Object.entries(wanted).filter(([name]) => !running.has(`${name}.so`));
  const missing = lacking({ ...needed, ...channel });
  const useful = lacking(wished);
  for (const [name, purpose] of missing)
    yield finding.broken(
      'modules',
      `the module ${name}.so is not running: ${purpose}`,
      mendOf(name),
    );
  for (const [name, purpose] of useful)
    yield finding.warning(
      'modules',
      `the module ${name}.so is not running: ${purpose}`,
      mendOf(name),
    );
  if (missing.length + useful.length === 0) yield finding.ok('modules', 'all modules are running');
  return missing.length === 0;
}

const mendOf = (name: string) =>
  `asterisk -rx 'module load ${name}.so'; in modules.conf: no "noload => ${name}.so", and with "autoload = no" a line "load = ${name}.so". Where it says that the file is missing: apt install asterisk-modules`;
