import type { AdapterContext } from './context.ts';

/** One flag of a command: `--name`, or `--name VALUE`. */
export interface CommandFlag {
  readonly type: 'boolean' | 'string';
  /** For `--help`. */
  readonly description: string;
  /** How the value looks in `--help`, for example `DIR`. */
  readonly valueHint?: string | undefined;
}

/** A folder of the person who runs the command. Names are plain file names: a command never leaves the folder. */
export interface CommandFolder {
  /** Names of the files, sorted; an empty list if the folder does not exist. */
  readonly list: () => Promise<readonly string[]>;
  /** The text of a file; `undefined` if there is no such file. */
  readonly read: (name: string) => Promise<string | undefined>;
  /** Writes the whole file or nothing. An existing file keeps its mode; a new file is readable by its owner and group only. */
  readonly write: (name: string, text: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
}

/** Everything that a command may use. */
export interface CommandWork<Settings> {
  /** Values of the command's own flags; a boolean that was not given is `false`, a text that was not given is `undefined`. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly tenant: {
    readonly id: string;
    readonly name: string;
    /** `inbound.token` of the tenant document: the token that every reported event must carry. */
    readonly inboundToken?: string;
  };
  /** Settings of the connection, with the values of its secrets. */
  readonly settings: Settings;
  /** For requests to the vendor, through the same way out as the features. */
  readonly context: AdapterContext;
  /** Writes a line of the command's result to standard output. */
  readonly print: (text: string) => void;
  /** Writes a line for the person at the screen to standard error. */
  readonly note: (text: string) => void;
  /** Opens a folder that the person has named in a flag. A command has no other access to the disk. */
  readonly folder: (path: string) => CommandFolder;
}

/** A command that an adapter brings: `finaz-telephony ADAPTER NAME`. The host adds the flags that choose tenant and connection. */
export interface AdapterCommand<Settings = unknown> {
  /** Lower-case letters, digits and `-`; `doctor` is reserved for the host. */
  readonly name: string;
  /** One sentence for `--help`. */
  readonly description: string;
  /** By name, without the dashes. `tenant`, `document`, `connection` and `generate-secrets` are reserved for the host. */
  readonly flags: Readonly<Record<string, CommandFlag>>;
  /**
   * Does the work.
   *
   * @returns whether all is well; otherwise the command ends with exit code 1.
   * @throws {CommandError} if the person must do something differently; the command ends with exit code 2.
   */
  readonly run: (work: CommandWork<Settings>) => Promise<boolean>;
}

const marker = Symbol.for('finaz-telephony.command-error');

/** What keeps a command from its work, and what to do about it, in words; shown without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(message: string) {
    super(message);
    Object.defineProperty(this, marker, { value: true });
  }

  /** Also recognises an error that comes from an adapter's own copy of this package. */
  static isInstance(error: unknown): error is CommandError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}
