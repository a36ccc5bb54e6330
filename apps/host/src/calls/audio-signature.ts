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
