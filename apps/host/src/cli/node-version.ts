/** Must agree with `engines` in package.json. */
const oldest = { major: 22, minor: 19 };

/** The message for a Node.js that is too old, on which users would otherwise see a library's stack trace; `undefined` if the version is fine. */
export function tooOldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return undefined;
  return `finaz-telephony needs Node.js ${oldest.major}.${oldest.minor} or later, and this is ${version}: install a newer one, or start it with the one that "npm run host" brings`;
}
