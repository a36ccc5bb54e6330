export {
  templateSettingsEntries,
  TemplateSettingsSchema,
  type Template,
  type TemplateSettings,
} from './settings-schema.ts';
export { createTemplateAdapter, fromTemplate } from './template-adapter.ts';
