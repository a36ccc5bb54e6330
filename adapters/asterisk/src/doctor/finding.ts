import type { Finding } from '@finaz-telephony/core';

export const ok = (check: string, message: string): Finding => ({ check, state: 'ok', message });
export const warning = (check: string, message: string, mend: string): Finding => ({
  check,
  state: 'warning',
  message,
  mend,
});
export const broken = (check: string, message: string, mend: string): Finding => ({
  check,
  state: 'broken',
  message,
  mend,
});

/** The command after which Asterisk reads a file again. */
export const reload = (command: string) => `then: asterisk -rx '${command}'`;
