import { expectTypeOf, it } from 'vitest';
import { sharedLogin, type FetchRecording, type LoggedIn, type Transfer } from '../../src/index.ts';
import { fromTemplate, type Template } from '../../src/template/index.ts';

it('says that a feature is there which a template describes: whoever wraps it need not ask', () => {
  const template = { recording: { request: { method: 'GET', url: '/r' } } } satisfies Template;
  expectTypeOf(fromTemplate(template).recording).toEqualTypeOf<FetchRecording>();
  expectTypeOf(fromTemplate(template).transfer).toEqualTypeOf<Transfer | undefined>();
  const widened: Template = template;
  expectTypeOf(fromTemplate(widened).recording).toEqualTypeOf<FetchRecording | undefined>();
});

it('keeps the names of what a login gives', () => {
  interface Session {
    readonly token: string;
  }
  const logIn = (): Promise<LoggedIn<Session>> => new Promise(() => undefined);
  const login = sharedLogin(logIn, { token: 'token' });
  expectTypeOf(login.run).parameter(1).parameter(0).toEqualTypeOf<Session>();
});
