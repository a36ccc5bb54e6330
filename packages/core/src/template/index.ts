export { compileAddress } from './compile-address.ts';
export { decodeText, decodeWhole } from './decode-text.ts';
export type { ReadSettings } from './read-settings.ts';
export { readReplyText } from './reply-reader.ts';
export {
  templateSettingsEntries,
  TemplateSettingsSchema,
  type Template,
  type TemplateSettings,
} from './settings-schema.ts';
export { createTemplateAdapter, fromTemplate } from './template-adapter.ts';
export type { Variable, VariableTable } from './variables.ts';
