import { conformanceTests, startConformanceVendor } from '@finaz-telephony/testing/conformance';
import { genericHttpSettings } from '@finaz-telephony/testing';
import genericHttp from '../src/index.ts';

conformanceTests({
  definition: genericHttp,
  startVendor: startConformanceVendor,
  settings: (url) => genericHttpSettings(url, 'vendor-token'),
  settingsWithWrongCredentials: (url) => genericHttpSettings(url, 'wrong'),
});
