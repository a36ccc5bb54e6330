import { finding, type Finding } from '@finaz-telephony/core';
import * as v from 'valibot';
import { reload } from './reload.ts';
import { variable, type Ari, type ManagerSession } from './server.ts';

const StateSchema = v.object({ state: v.string() });
const write = `finaz-extensions.conf, [globals] FINAZ_TRONCO: write it with "asterisk setup --trunk NAME --write /etc/asterisk"; ${reload('dialplan reload')}`;
const lost = 'no customer can be called';

/** Whether customers can be dialed. This dials nothing. */
export async function checkTrunk(session: ManagerSession, ari: Ari): Promise<Finding> {
  const trunk = (await variable(session, 'FINAZ_TRONCO')) ?? '';
  if (trunk === '') return finding.broken('trunk', `the server knows no trunk: ${lost}`, write);
  const [, endpoint] = /^PJSIP\/%@([\w.-]+)$/.exec(trunk) ?? [];
  if (endpoint !== undefined) return checkEndpoint(endpoint, ari);
  const [, place] = /^Local\/%@([\w-]+)(?:\/n)?$/.exec(trunk) ?? [];
  if (
    place !== undefined &&
    (await variable(session, `DIALPLAN_EXISTS(${place},11999999999,1)`)) !== '1'
  )
    return finding.broken(
      'trunk',
      `customers are dialed by the context [${place}], which takes no number: ${lost}`,
      `extensions.conf: the context [${place}] for outbound calls; or ${write}`,
    );
  return finding.ok('trunk', `customers are dialed as ${trunk}`);
}

async function checkEndpoint(endpoint: string, ari: Ari): Promise<Finding> {
  const answer = await ari('GET', `/endpoints/PJSIP/${endpoint}`);
  if (answer.status === 404)
    return finding.broken(
      'trunk',
      `customers are dialed by the PJSIP endpoint ${endpoint}, which is not there: ${lost}`,
      `pjsip.conf: a section [${endpoint}] of the type endpoint for the carrier; or ${write}`,
    );
  const read = v.safeParse(StateSchema, answer.json);
  if (read.success && read.output.state === 'offline')
    return finding.warning(
      'trunk',
      `the PJSIP endpoint ${endpoint}, by which customers are dialed, is offline`,
      `pjsip.conf: the "contact" of its aor, and the registration at the carrier. Look: asterisk -rx 'pjsip show endpoint ${endpoint}'`,
    );
  return finding.ok('trunk', `customers are dialed by the PJSIP endpoint ${endpoint}`);
}
