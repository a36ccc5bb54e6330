import { conformanceTests, startConformanceVendor } from '@finaz-telephony/testing/conformance';
import acme from './index.js';

conformanceTests({
  definition: acme,
  startVendor: startConformanceVendor,
  settings: (url) => ({ baseUrl: url, token: 'vendor-token' }),
  settingsWithWrongCredentials: (url) => ({ baseUrl: url, token: 'wrong' }),
});
