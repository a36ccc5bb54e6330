const samplePhone = { areaCode: '41', number: '999990001' };

const inputs: Readonly<Record<string, unknown>> = {
  click2call: { queue: '7', extension: '1001', ...samplePhone },
  transfer: { queue: '7', extension: '1001', destination: '4130300002', callId: 'call-1' },
  recording: { callId: 'call-1', extension: '1001' },
  contactClear: { queue: '7' },
  contactLoad: {
    queue: '7',
    contact: {
      contactId: 'crm-1',
      name: 'Ana Exemplo',
      cpf: '11144477735',
      phones: [samplePhone, { areaCode: '41', number: '30300002' }],
    },
  },
  dialerResults: { queue: '7', from: '2026-01-15T03:00:00Z', to: '2026-01-16T03:00:00Z' },
};

/** Invented input for a feature, because samples and previews must not contain a person's data. */
export const sampleInput = (feature: string): unknown => inputs[feature];
