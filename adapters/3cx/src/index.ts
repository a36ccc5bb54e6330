import { defineAdapter, type AdapterContext } from '@finaz-telephony/core';
import { fromTemplate, type Template } from '@finaz-telephony/core/template';
import { diagnosePbx } from './doctor/diagnose.ts';
import { click2call } from './features/click2call.ts';
import { followCall } from './features/follow-call.ts';
import { recording } from './features/recording.ts';
import { transfer } from './features/transfer.ts';
import { createLogin } from './login.ts';
import { inLogin } from './pbx.ts';
import { ThreeCxSettingsSchema, type ThreeCxSettings } from './settings.ts';

export { ThreeCxSettingsSchema, type ThreeCxSettings } from './settings.ts';

/** What a template can express: downloading a recording by its id, and the manual's own address for the operator's browser. */
const templateOf = ({ baseUrl }: ThreeCxSettings) =>
  ({
    baseUrl,
    answeredCall: {},
    recording: {
      request: { url: '/xapi/v1/Recordings/Pbx.DownloadRecording(recId={{ callId }})' },
      // The row of a recording appears before its file.
      outcome: [{ when: 'status == 400 and text contains "NOT_FOUND"', is: 'not_ready' }],
    },
  }) satisfies Template;

/** 3CX v20, over HTTP alone: Call Control and the XAPI. */
export default defineAdapter({
  id: '3cx',
  name: '3CX',
  settings: ThreeCxSettingsSchema,
  create: (settings) => {
    const login = createLogin(settings);
    const loggedIn =
      <Input, Result>(work: (input: Input, context: AdapterContext) => Result) =>
      (input: Input, context: AdapterContext) =>
        work(input, inLogin(login, context));
    const { recording: download, answeredCall } = fromTemplate(templateOf(settings));
    return {
      features: {
        answeredCall,
        recording: loggedIn(recording(settings, download)),
        click2call: loggedIn(click2call(settings)),
        transfer: loggedIn(transfer(settings)),
      },
      followCall: loggedIn(followCall(settings)),
      async checkCredentials(context) {
        await login.enterAnew(context);
      },
      diagnose: (context) => diagnosePbx(settings, login, context),
    };
  },
});
