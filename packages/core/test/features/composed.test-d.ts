import { expectTypeOf, it } from 'vitest';
import { sharedLogin, type FetchRecording, type LoggedIn, type Transfer } from '../../src/index.ts';
import { fromTemplate, type Template } from '../../src/template/index.ts';

it('fromTemplate types a feature that the template describes as present, so that wrapping it needs no check', () => {
  const template = { recording: { request: { method: 'GET', url: '/r' } } } satisfies Template;
  expectTypeOf(fromTemplate(template).recording).toEqualTypeOf<FetchRecording>();
  expectTypeOf(fromTemplate(template).transfer).toEqualTypeOf<Transfer | undefined>();
  const widened: Template = template;
  expectTypeOf(fromTemplate(widened).recording).toEqualTypeOf<FetchRecording | undefined>();
});

it('sharedLogin hands the session to a request with the type that the login gives it', () => {
  interface Session {
    readonly token: string;
  }
  const logIn = (): Promise<LoggedIn<Session>> => new Promise(() => undefined);
  const login = sharedLogin(logIn, { token: 'token' });
  expectTypeOf(login.run).parameter(1).parameter(0).toEqualTypeOf<Session>();
});
