export { createTestContext, type TestContext, type TestContextOptions } from './test-context.ts';
export {
  startLoopbackServer,
  type LoopbackServer,
  type ReceivedRequest,
} from './loopback-server.ts';
export { genericHttpSettings } from './generic-http-settings.ts';
export type { AnsweredNotification } from './vendor-server/answered-notification.ts';
export { Faults, type Fault, type FaultKind } from './vendor-server/faults.ts';
export type {
  CallEnd,
  Telephony,
  VendorAttempt,
  VendorCall,
  VendorContact,
} from './vendor-server/telephony.ts';
export {
  startVendorServer,
  type VendorServer,
  type VendorServerOptions,
} from './vendor-server/vendor-server.ts';
export { makeWav } from './vendor-server/wav.ts';
