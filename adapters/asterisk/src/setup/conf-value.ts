import { CommandError } from '@finaz-telephony/core';

/**
 * A value as Asterisk's configuration files take it: `;` begins a comment there, `$` a variable, `\` takes the meaning of what follows.
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
