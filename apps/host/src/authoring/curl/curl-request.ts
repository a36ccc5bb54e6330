/** One part of a multipart form. */
export interface CurlPart {
  readonly name: string;
  readonly content: string;
  /** Present if the part is sent as a file. */
  readonly filename?: string;
  readonly contentType?: string;
  /** Raw content of the file that `content` was read from. */
  readonly bytes?: Buffer;
}

export type CurlBody =
  | {
      readonly kind: 'data';
      readonly text: string;
      /** Raw content, if a file is the whole body. */
      readonly bytes?: Buffer;
    }
  | { readonly kind: 'parts'; readonly parts: readonly CurlPart[] };

/** The request that a curl command sends. */
export interface CurlRequest {
  readonly method: string;
  /** Scheme, host and port. */
  readonly origin: string;
  /** As written, after the host. */
  readonly path: string;
  /** As written, after the "?". */
  readonly query: string;
  readonly headers: ReadonlyMap<string, CurlHeader>;
  readonly credentials?: { readonly user: string; readonly password: string | undefined };
  readonly body?: CurlBody;
  readonly follow: boolean;
  /** Seconds. */
  readonly timeout?: number;
  readonly warnings: readonly string[];
}

export interface CurlHeader {
  /** As written. */
  readonly name: string;
  readonly value: string;
}
