import { afterAll, beforeEach } from 'vitest';
import { startTestHost, type TestHost } from './test-host.ts';

/** A host for all tests of a file. Its telephone system has no fault and no call when a test begins. */
export async function sharedHost(): Promise<TestHost> {
  const host = await startTestHost();
  afterAll(() => host.stop());
  beforeEach(() => {
    host.vendor.faults.clear();
    host.vendor.telephony.calls.clear();
  });
  return host;
}

/** A call that an operator asks for. */
export const wanted = { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' };
