import { defineAdapter } from '@finaz-telephony/core';
import { createTemplateAdapter } from '@finaz-telephony/core/template';
import { GenericHttpSettingsSchema } from './settings.ts';

/** Any vendor that speaks HTTP, by configuration alone: the template of the core as settings of a tenant's connection. */
export default defineAdapter({
  id: 'generic-http',
  name: 'Generic HTTP',
  settings: GenericHttpSettingsSchema,
  create: createTemplateAdapter,
});
