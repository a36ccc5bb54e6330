import { finding, type Finding } from '@finaz-telephony/core';
import { findOutbound, findSegments, findStored, type SoughtCall } from '../reports.ts';
import type { PbxWork } from '../pbx.ts';
import { found } from './found.ts';

/** Whether recordings can be found: each place is searched for a call that does not exist. */
export async function* checkReports(work: PbxWork): AsyncGenerator<Finding> {
  const startedAt = Math.floor(work.context.now().getTime() / 1000);
  const key = { startedAt, callid: '0', mark: '', extension: '' };
  const nobodys: SoughtCall = { key, call: undefined };
  const places = {
    'outbound-report': () => findOutbound(work, nobodys),
    'call-log': () => findSegments(work, nobodys),
    recordings: () => findStored(work, nobodys),
  };
  for (const [check, look] of Object.entries(places)) {
    const looked = await found(check, async () => {
      await look();
      return finding.ok(check, 'the API client may read it');
    });
    yield looked.is ? looked.is : looked.failure;
  }
}
