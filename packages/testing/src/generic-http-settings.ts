/**
 * Settings that connect the generic-http adapter to the vendor server of this package: an example of every feature, used by tests and the demonstration.
 *
 * @param url address of the vendor server
 * @param token the server's token, or what stands for it: in a tenant document `${secret:vendorToken}`
 */
export function genericHttpSettings(url: string, token: string) {
  return {
    baseUrl: url,
    variables: { token },
    headers: { Authorization: 'Bearer {{ variables.token }}' },
    check: { request: { url: '/ping' } },
    click2call: {
      request: {
        method: 'POST',
        url: '/calls',
        body: {
          json: {
            extension: '{{ extension }}',
            number: '{{ areaCode }}{{ number }}',
            queue: '{{ queue }}',
          },
        },
      },
      outcome: [
        { when: 'status == 404', is: 'refused', message: '{{ reply.error.message }}' },
        {
          when: 'reply.ok == false and status in [409, 422]',
          is: 'refused',
          message: '{{ reply.error.message }}',
        },
      ],
      capture: { callId: '{{ reply.id }}' },
    },
    transfer: {
      request: {
        method: 'POST',
        url: '/extensions/{{ extension }}/transfer',
        body: { json: { destination: '{{ destination }}' } },
      },
      outcome: [
        {
          when: 'reply.ok == false and status in [409, 422]',
          is: 'refused',
          message: '{{ reply.error.message }}',
        },
      ],
    },
    recording: { request: { url: '/calls/{{ callId }}/recording' } },
    contactClear: {
      request: { method: 'DELETE', url: '/queues/{{ queue }}/contacts' },
      capture: { cleared: '{{ reply.cleared }}' },
    },
    contactLoad: {
      request: {
        method: 'POST',
        url: '/queues/{{ queue }}/contacts',
        body: {
          json: {
            contactId: '{{ contactId }}',
            name: '{{ name }}',
            cpf: '{{ cpf | digits }}',
            phones: [
              '{{ areaCode1 }}{{ number1 }}',
              '{{ areaCode2 }}{{ number2 }}',
              '{{ areaCode3 }}{{ number3 }}',
              '{{ areaCode4 }}{{ number4 }}',
              '{{ areaCode5 }}{{ number5 }}',
            ],
          },
        },
      },
      outcome: [
        { when: 'status == 422', is: 'refused', message: '{{ reply.error.message }}' },
        // A page from a proxy in between does not confirm that the contact is there.
        { when: 'status < 300 and reply.ok != true', is: 'temporary' },
      ],
      repeatable: true,
    },
    dialerResults: {
      request: {
        url: '/queues/{{ queue }}/results',
        query: { from: "{{ from | date: 'iso' }}", to: "{{ to | date: 'iso' }}" },
      },
      rows: 'reply.data',
      fields: {
        contactId: '{{ row.contactId }}',
        number: '{{ row.number }}',
        at: '{{ row.at }}',
        status: '{{ row.status }}',
        callId: '{{ row.callId }}',
        extension: '{{ row.extension }}',
        duration: '{{ row.duration }}',
      },
      outcomes: {
        ANSWERED: 'answered',
        BUSY: 'busy',
        NO_ANSWER: 'no_answer',
        INVALID: 'invalid_number',
        MACHINE: 'voicemail',
        REFUSED: 'rejected',
        CARRIER_FAULT: 'failed',
        ABANDONED: 'abandoned',
      },
    },
    answeredCall: {},
  };
}
