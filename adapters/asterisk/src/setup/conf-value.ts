import { CommandError } from '@finaz-telephony/core';

/**
 * A value in the syntax of Asterisk's configuration files: `;` begins a comment there, `$` a variable, `\` escapes what follows.
 *
 * @throws {CommandError} naming the value, never showing it
 */
export function confValue(name: string, value: string): string {
  if (!/^[\w.~@:/+=,!*-]*$/.test(value)) {
    throw new CommandError(
      `${name}: holds a character that Asterisk's files give a meaning; use letters, digits and . _ ~ @ : / + = , ! * - (for secrets: remove it with "finaz-telephony secrets remove", and let --generate-secrets make one)`,
    );
  }
  return value;
}
