/** The command after which Asterisk reads a file again. */
export const reload = (command: string) => `then: asterisk -rx '${command}'`;
