/**
 * Whether bytes begin like audio: RIFF (WAV), ID3 or an MPEG frame (MP3), OggS, fLaC, FORM (AIFF), `.snd` (AU), an ISO container (M4A), AMR, or
 * raw GSM 06.10, whose frames begin with the nibble 0xD. Telephone systems label recordings carelessly, so the content decides, not the label.
 */
export function looksLikeAudio(start: Uint8Array, contentType: string): boolean {
  const text = Buffer.from(start.subarray(0, 16)).toString('latin1');
  if (/^(?:RIFF|RF64|ID3|OggS|fLaC|FORM|\.snd|#!AMR)/.test(text) || text.slice(4, 8) === 'ftyp')
    return true;
  const [first = 0, second = 0] = start;
  if (first === 0xff && (second & 0xe0) === 0xe0) return true;
  return contentType.includes('gsm') && first >> 4 === 0xd;
}

const types: readonly (readonly [beginning: RegExp, type: string])[] = [
  [/^(?:RIFF|RF64)/, 'audio/wav'],
  [/^ID3/, 'audio/mpeg'],
  [/^OggS/, 'audio/ogg'],
  [/^fLaC/, 'audio/flac'],
  [/^FORM/, 'audio/aiff'],
  [/^\.snd/, 'audio/basic'],
  [/^#!AMR/, 'audio/amr'],
  [/^.{4}ftyp/s, 'audio/mp4'],
  [/^\xff[\xe0-\xff]/, 'audio/mpeg'],
];

/** A single media type: of `audio/wav, text/html` browsers take the last, and would run a file that begins like audio as a page. */
const audioLabel = /^(?:audio|video)\/[\w.+-]+(?:;[ -+--~]*)?$/i;

/**
 * The `Content-Type` of a recording. The vendor's label is kept if it names a kind of audio; any other is replaced, because players refuse audio that is
 * labelled as a download.
 */
export function audioType(start: Uint8Array, label: string): string {
  if (audioLabel.test(label)) return label;
  const text = Buffer.from(start.subarray(0, 16)).toString('latin1');
  // Raw GSM is the only kind that `looksLikeAudio` accepts without one of these signatures.
  return types.find(([beginning]) => beginning.test(text))?.[1] ?? 'audio/gsm';
}

/** The `Content-Type` of a part from the middle, which has no signature. */
export const typeOfPart = (label: string): string =>
  audioLabel.test(label) ? label : 'application/octet-stream';
