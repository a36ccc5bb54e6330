export {
  templateSettingsEntries,
  TemplateSettingsSchema,
  type Template,
  type TemplateSettings,
} from './settings-schema.ts';
export { createTemplateAdapter, fromTemplate, type FeaturesFrom } from './template-adapter.ts';
