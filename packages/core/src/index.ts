export {
  defineAdapter,
  secret,
  type Adapter,
  type AdapterDefinition,
  type AdapterOptions,
  type SettingsSchema,
} from './adapter.ts';
export {
  CommandError,
  type AdapterCommand,
  type CommandFlag,
  type CommandFolder,
  type CommandWork,
} from './command.ts';
export type {
  AdapterContext,
  ContextFetch,
  ContextRequestInit,
  Logger,
  LogMethod,
} from './context.ts';
export { finding, type Diagnose, type Finding } from './diagnosis.ts';
export type { ErrorCode } from './errors/error-code.ts';
export { meaningOfStatus, type StatusMeaning } from './errors/meaning-of-status.ts';
export { SettingsError, type SettingsIssue } from './errors/settings-error.ts';
export {
  TelephonyError,
  type Delivery,
  type TelephonyErrorOptions,
  type VendorAnswer,
} from './errors/telephony-error.ts';
export { afterAccepting, afterSending, beforeSending } from './errors/unknown-delivery.ts';
export { sharedLogin, type LoggedIn, type SharedLogin } from './shared-login.ts';
export type { AnsweredCallReading, ReadAnsweredCall } from './features/answered-call.ts';
export type { Click2Call, Click2CallInput, Click2CallResult } from './features/click2call.ts';
export type {
  ContactClear,
  ContactClearInput,
  ContactClearResult,
  PreviousLoad,
} from './features/contact-clear.ts';
export type {
  ContactBatch,
  ContactLoad,
  ContactLoadInput,
  ContactLoadResult,
  LoadStep,
  LoadStepResult,
  RejectedContact,
} from './features/contact-load.ts';
export type {
  DialerResults,
  DialerResultsInput,
  ReportedAttempt,
  UnreadableRow,
} from './features/dialer-results.ts';
export { paged, pagesOf, type Paged } from './features/paged.ts';
export type { FeatureName } from './features/feature-name.ts';
export type { AdapterFeatures, Features } from './features/features.ts';
export type {
  CallPhase,
  CallProgress,
  FollowCall,
  FollowCallInput,
} from './features/follow-call.ts';
export type { FetchRecording, RecordingInput } from './features/recording.ts';
export type { Transfer, TransferInput, TransferResult } from './features/transfer.ts';
export { AnsweredCallSchema, type AnsweredCall } from './values/answered-call.ts';
export type { Contact, ContactPhone } from './values/contact.ts';
export type { CallId, ContactId, Extension, Parameters, Queue } from './values/identifiers.ts';
export type { KnownCall } from './values/known-call.ts';
export type { Captures, Mailing } from './values/mailing.ts';
export { OutcomeSchema, type Outcome } from './values/outcome.ts';
export {
  formatPhone,
  parsePhone,
  type DialablePhone,
  type ParsedPhone,
  type ParsePhoneOptions,
  type PhoneFlag,
  type PhoneForm,
  type PhoneKind,
  type PhoneReason,
} from './values/phone-number.ts';
