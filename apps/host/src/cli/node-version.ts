/** As `engines` of the package says it. */
const oldest = { major: 22, minor: 19 };

/** What to tell who starts this with a Node.js that is too old: without it they would see a stack trace of a library. */
export function tooOldNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return undefined;
  return `finaz-telephony needs Node.js ${oldest.major}.${oldest.minor} or later, and this is ${version}: install a newer one, or start it with the one that "npm run host" brings`;
}
