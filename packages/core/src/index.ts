export {
  defineAdapter,
  secret,
  specificationVersion,
  type Adapter,
  type AdapterDefinition,
  type AdapterOptions,
  type SettingsSchema,
} from './adapter.ts';
export { adapterFault } from './adapter-fault.ts';
export { checkedAdapter } from './checked-adapter.ts';
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
  TracedValue,
} from './context.ts';
export type { Diagnose, Finding } from './diagnosis.ts';
export type { ReadField, ReadingStep, ReadValue } from './reading.ts';
export { ErrorCodeSchema, type ErrorCode } from './errors/error-code.ts';
export { issueMessage } from './errors/issue-message.ts';
export { meaningOfStatus, type StatusMeaning } from './errors/meaning-of-status.ts';
export { nearestName } from './nearest-name.ts';
export { SettingsError, type SettingsIssue } from './errors/settings-error.ts';
export {
  TelephonyError,
  type Delivery,
  type TelephonyErrorOptions,
  type VendorAnswer,
} from './errors/telephony-error.ts';
export { afterSending, beforeSending } from './errors/unknown-delivery.ts';
export { sharedLogin, type LoggedIn, type SharedLogin } from './shared-login.ts';
export type { AnsweredCallReading, ReadAnsweredCall } from './features/answered-call.ts';
export {
  Click2CallRequestSchema,
  type Click2Call,
  type Click2CallInput,
  type Click2CallRequest,
  type Click2CallResult,
} from './features/click2call.ts';
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
export { featureNames, FeatureNameSchema, type FeatureName } from './features/feature-name.ts';
export type { AdapterFeatures, Features } from './features/features.ts';
export {
  callPhases,
  type CallPhase,
  type CallProgress,
  type FollowCall,
  type FollowCallInput,
} from './features/follow-call.ts';
export type { FetchRecording, RecordingInput } from './features/recording.ts';
export {
  TransferRequestSchema,
  type Transfer,
  type TransferInput,
  type TransferRequest,
  type TransferResult,
} from './features/transfer.ts';
export { AnsweredCallSchema, type AnsweredCall } from './values/answered-call.ts';
export { AttemptSchema, type Attempt } from './values/attempt.ts';
export { ContactSchema, type Contact, type ContactPhone } from './values/contact.ts';
export {
  CallIdSchema,
  ConnectionNameSchema,
  ContactIdSchema,
  ExtensionSchema,
  ParametersSchema,
  QueueSchema,
  TenantIdSchema,
  type CallId,
  type ContactId,
  type Extension,
  type Parameters,
  type Queue,
  type TenantId,
} from './values/identifiers.ts';
export type { KnownCall } from './values/known-call.ts';
export type { Captures, Mailing } from './values/mailing.ts';
export { isNoValue } from './values/no-value.ts';
export { outcomes, OutcomeSchema, type Outcome } from './values/outcome.ts';
export {
  dialablePhone,
  explainPhoneReason,
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
export { areaCodes, isAreaCode, timeZonesOfAreaCode } from './values/area-code.ts';
export { parseCpf, type CpfReason, type ParsedCpf } from './values/cpf.ts';
export { maskPersonal, maskPhone } from './values/mask.ts';
