import { TelephonyError, type FetchRecording } from '@finaz-telephony/core';
import { createAri } from '../doctor/server.ts';
import type { ServerAccess } from '../setup/server-access.ts';
import { ariError } from './ari-error.ts';

/** The recording that the dialplan has named after the call. A call that goes on has a file whose length is not written yet. */
export function fetchRecording(access: ServerAccess): FetchRecording {
  return async ({ callId }, context) => {
    const ari = createAri(access, context);
    const live = await ari('GET', `/channels/${encodeURIComponent(callId)}`);
    if (live.status === 200) {
      throw new TelephonyError({
        code: 'not_ready',
        message: 'The call goes on; its recording is whole when it has ended.',
        vendor: { status: 200 },
      });
    }
    if (live.status !== 404) throw ariError(live, {});
    const authorization = `Basic ${Buffer.from(`${access.ari.user}:${access.ari.password}`).toString('base64')}`;
    const response = await context.fetch(
      `${access.baseUrl}/ari/recordings/stored/${encodeURIComponent(callId)}/file`,
      { headers: { authorization }, signal: context.signal },
    );
    if (response.status === 200) return response;
    await response.body?.cancel();
    throw ariError(
      { status: response.status, json: undefined, date: null },
      { 404: ['not_found', 'Asterisk has no recording of this call.'] },
    );
  };
}
