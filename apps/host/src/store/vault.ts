/**
 * A tenant's own cipher: AES-256-GCM under the tenant's data key. `place` (for example `secrets/pbxToken` or `calls/<id>`) is bound into the seal, so
 * that a sealed value copied to another row, field or tenant does not open.
 */
export interface TenantCipher {
  readonly seal: (place: string, text: string) => string;
  /** @throws {TelephonyError} `internal` when the value was changed, moved, or sealed under a lost key. */
  readonly open: (place: string, sealed: string) => string;
  /** Keyed hash (HMAC-SHA-256, hex, 32 characters) for equality search over personal values. */
  readonly hash: (text: string) => string;
}

export interface Vault {
  /** The tenant's cipher; made, wrapped under the first master key and stored at first use. Cached. */
  readonly cipher: (tenantId: string) => Promise<TenantCipher>;
}
