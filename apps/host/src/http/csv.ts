/** One cell of a `;`-separated CSV file, quoted if necessary. */
export function csvCell(value: string | number | null | undefined): string {
  if (value === undefined || value === null) return '';
  const text = String(value);
  return /[;"\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

const separatorLine = /^"?sep=([^"\w\r\n ])"?\s*$/i;

/** The separator of a file that begins with `sep=;`, which is meant for Excel; that line is not a row. */
export function separatorIn(firstLine: string): string | undefined {
  return separatorLine.exec(firstLine)?.[1];
}
