/** `periodFrom=2026-10-05T03:00:00Z,trunkDns=''`: the arguments of a function call in the path. Texts are quoted, with quotes doubled inside. */
export function readArguments(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(
    /(\w+)=((?:'(?:[^']|'')*')|[^,']*)(?:,|$)/g,
  ))
    found.set(name, value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : value);
  return found;
}
