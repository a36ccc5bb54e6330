/** For hosts, and for tests that stand in for a host: checks of adapters, of their results, and of what callers send. Adapters may not import it. */
export { specificationVersion } from './adapter.ts';
export { adapterFault } from './adapter-fault.ts';
export { checkedAdapter } from './checked-adapter.ts';
export type { TracedValue } from './context.ts';
export { FindingSchema } from './diagnosis.ts';
export { ErrorCodeSchema } from './errors/error-code.ts';
export { issueMessage } from './errors/issue-message.ts';
export { Click2CallRequestSchema, type Click2CallRequest } from './features/click2call.ts';
export { featureNames, FeatureNameSchema } from './features/feature-name.ts';
export { callPhases } from './features/follow-call.ts';
export { TransferRequestSchema, type TransferRequest } from './features/transfer.ts';
export { nearestName } from './nearest-name.ts';
export type { ReadField, ReadingStep, ReadValue } from './reading.ts';
export { compileAddress } from './template/compile-address.ts';
export { decodeText, decodeWhole } from './template/replies/decode-text.ts';
export type { ReadSettings } from './template/replies/read-settings.ts';
export { readReplyText } from './template/replies/reply-reader.ts';
export type { Variable, VariableTable } from './template/language/variables.ts';
export { isAreaCode, timeZonesOfAreaCode } from './values/area-code.ts';
export { AttemptSchema, type Attempt } from './values/attempt.ts';
export { ContactSchema } from './values/contact.ts';
export { parseCpf, type CpfReason, type ParsedCpf } from './values/cpf.ts';
export { digitRun, plainDigits } from './values/digit-run.ts';
export {
  CallIdSchema,
  ConnectionNameSchema,
  ContactIdSchema,
  ExtensionSchema,
  ParametersSchema,
  QueueSchema,
  TenantIdSchema,
  type TenantId,
} from './values/identifiers.ts';
export { maskPersonal } from './values/mask.ts';
export { isNoValue } from './values/no-value.ts';
export { outcomes } from './values/outcome.ts';
export { dialablePhone, explainPhoneReason } from './values/phone-number.ts';
export { plainNumber } from './values/plain-number.ts';
