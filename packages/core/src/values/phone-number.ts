export type PhoneKind =
  | 'mobile'
  | 'fixed'
  | 'ambiguous'
  | 'shared'
  | 'tollfree'
  | 'premium'
  | 'special'
  | 'intl'
  | 'invalid'
  | 'empty';

/** A number that may be dialed: what every outbound feature gets. */
export interface DialablePhone {
  readonly kind: 'mobile' | 'fixed' | 'ambiguous';
  /** `+5511987654321` */
  readonly e164: string;
  /** Two digits. */
  readonly areaCode: string;
  /** Eight or nine digits, without the area code. */
  readonly number: string;
}
