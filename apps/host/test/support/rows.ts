/** Rows of a store, with what matters to no test filled in. */
export const eventRow = (tenant_id: string, seq: number, created_at: number) => ({
  tenant_id,
  seq,
  id: `${seq}`,
  connection: 'dialer',
  source: 'server' as const,
  call_id: 'c',
  extension: '1001',
  sealed: '',
  created_at,
});

export const callRow = (tenant_id: string, n: number, at: number) => ({
  id: `${tenant_id}-${n}`,
  tenant_id,
  feature: 'click2call' as const,
  connection: 'dialer',
  state: 'accepted' as const,
  call_id: null,
  queue: '7',
  extension: '1001',
  number_hash: null,
  sealed: '',
  error_code: null,
  host_id: 'this',
  created_at: at,
  updated_at: at,
});

export const exchangeRow = (tenant_id: string, n: number, created_at: number) => ({
  id: `${tenant_id}-${n}`,
  tenant_id,
  connection: 'dialer',
  feature: 'click2call',
  attempt_id: null,
  call_id: null,
  number_hash: null,
  contact_hash: null,
  method: 'GET',
  url: '',
  status: 200,
  error_code: null,
  duration_ms: 1,
  detail: '{}',
  created_at,
});

export const attemptRow = (mailing: number, seq: number, at: number) => ({
  mailing,
  seq,
  key: `${seq}`,
  contact_id: null,
  matched_by: 'none' as const,
  number_hash: String(seq).padStart(13, '0'),
  number: '',
  status: 1,
  call_id: null,
  extension: null,
  at,
  duration: null,
});
