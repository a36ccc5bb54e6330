import type { AdapterContext } from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import {
  adapterOf,
  always,
  demand,
  failureOf,
  has,
  needs,
  type ConformanceCheck,
} from './check.ts';
import { interposed, type AskedRequest } from './interposed.ts';
import { callInput, recordingsOf } from './subject.ts';
import { worksOf } from './works.ts';

/** Shorter texts are ordinary words, which may appear anywhere. */
const shortestToken = 8;

/** A text from an answer, and whether it was withheld from the log. */
interface BroughtText {
  readonly isWithheld: boolean;
}

/** All texts of a JSON answer. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.length >= shortestToken ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

async function textsIn(response: Response): Promise<readonly string[]> {
  try {
    return textsOf(await response.clone().json());
  } catch {
    return [];
  }
}

const credentialHeader = /^(?:authorization|cookie)$|token|session|api-?key/i;

const credentialsOf = ({ init }: AskedRequest): readonly string[] =>
  [...new Headers(init.headers)]
    .filter(([name]) => credentialHeader.test(name))
    .map(([, value]) => value);

/** The checks of logins, and of their tokens. */
export const loginChecks: readonly ConformanceCheck[] = [
  {
    name: 'keeps what a login gives out of logs',
    applies: always,
    async run(subject, vendor) {
      const adapter = adapterOf(subject, vendor);
      const { click2call } = adapter.features;
      const works = {
        click2call: async (context: AdapterContext) => click2call?.(callInput, context),
        ...worksOf(adapter, recordingsOf(vendor).existing),
      };
      const brought = new Map<string, BroughtText>();
      for (const [name, start] of Object.entries(works)) {
        const concealed = new Set<string>();
        const { context } = interposed(
          async (request, send) => {
            for (const header of credentialsOf(request)) {
              const token = [...brought.keys()].find((text) => header.includes(text));
              if (token === undefined) continue;
              demandHidden(name, brought.get(token)?.isWithheld === true, concealed.has(token));
            }
            const response = await send();
            const isWithheld = request.init.withholdAnswer === true;
            for (const text of await textsIn(response)) brought.set(text, { isWithheld });
            return response;
          },
          { conceal: (value) => concealed.add(value) },
        );
        await Promise.resolve(start(context)).catch(rethrowComplaint);
      }
    },
  },
  {
    name: 'does nothing with credentials that are wrong, whatever right ones have been used before',
    applies: has('click2call'),
    async run(subject, vendor) {
      const { click2call } = adapterOf(subject, vendor).features;
      await click2call?.(callInput, createTestContext()).catch(() => undefined);
      const wrong = subject.make(subject.settingsWithWrongCredentials(vendor.url));
      const count = vendor.callRequestCount ?? (() => 0);
      const before = count();
      const error = await failureOf(
        Promise.resolve(wrong.features.click2call?.(callInput, createTestContext())),
        'a call with wrong credentials (keep what an adapter remembers in a variable inside create)',
      );
      // The extension may be busy with the first call: then a call with the right credentials fails, too.
      demand(
        error.code === 'auth_failed',
        `a call with wrong credentials ends in ${error.code}, not in auth_failed: either the credentials of another connection were used (keep what an adapter remembers in a variable inside create), or the vendor's refusal of the credentials is not reported as one`,
      );
      // An adapter without a login sends the credentials with the call itself: the vendor counts that one request, and refuses it.
      demand(count() - before <= 1, 'a call with wrong credentials was requested more than once');
    },
  },
  {
    name: 'checkCredentials asks the vendor each time, and logs in anew',
    applies: ({ checkCredentials }) => checkCredentials !== undefined,
    async run(subject, vendor) {
      const adapter = adapterOf(subject, vendor);
      const check = async () => {
        let logins = 0;
        const { context, asked } = interposed(({ init }, pass) => {
          if (init.withholdAnswer === true) logins += 1;
          return pass();
        });
        await adapter.checkCredentials?.(context);
        return { asked: asked(), logins };
      };
      const first = await check();
      demand(
        first.asked > 0,
        'it sends no request, and so cannot know whether the vendor takes the credentials; where there is nothing that could be asked, leave checkCredentials out',
      );
      const again = await check();
      demand(
        again.asked > 0 && (first.logins === 0 || again.logins > 0),
        'the second check relies on the login of the first; a password changed in between would still count as right: see enterAnew of sharedLogin',
      );
    },
  },
  {
    name: 'logs in again where the vendor has ended its login',
    applies: has('recording'),
    async run(subject, vendor) {
      needs(vendor, 'endLogins');
      const { recording } = adapterOf(subject, vendor).features;
      const { existing } = recordingsOf(vendor);
      for (const what of ['a recording', 'a recording after the login was ended']) {
        const response = await recording?.({ callId: existing }, createTestContext());
        demand(response?.ok === true, `${what} was not given`);
        await response.arrayBuffer();
        vendor.endLogins();
      }
    },
  },
  {
    name: 'serves two recordings at once, even before its first login',
    applies: has('recording'),
    async run(subject, vendor) {
      const { recording } = adapterOf(subject, vendor).features;
      const { existing } = recordingsOf(vendor);
      const fetchOne = async () => {
        const response = await recording?.({ callId: existing }, createTestContext());
        return (await response?.arrayBuffer())?.byteLength;
      };
      const [one, other] = await Promise.all([fetchOne(), fetchOne()]);
      demand(one === other, 'two recordings at once are not the same; see sharedLogin');
    },
  },
];

class Complaint extends Error {}

function demandHidden(name: string, isWithheld: boolean, isConcealed: boolean): void {
  if (!isWithheld)
    throw new Complaint(
      `${name} sends a credential that came in an answer, and that answer is logged; make that request with withholdAnswer: true`,
    );
  if (!isConcealed)
    throw new Complaint(
      `${name} sends a credential that a login gave, and has not concealed it; call context.conceal(token) in each operation that uses it, or use sharedLogin`,
    );
}

/** Other failures are another check's business. */
function rethrowComplaint(error: unknown): void {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof Complaint) throw at;
}
