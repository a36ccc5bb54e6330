import type { AnsweredCall } from '@finaz-telephony/core';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string) =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? character);

/** What an operator sees where the company has no screen of its own to open: the data of the call, nothing else. */
export function answeredCallPage(call: AnsweredCall): string {
  const rows = [
    ['Telefone', call.number],
    ['Ramal', call.extension],
    ['Ligação', call.callId],
    ...(call.contactId === undefined ? [] : [['Contato', call.contactId]]),
  ];
  const list = rows
    .map(([term = '', value = '']) => `<dt>${escape(term)}</dt><dd>${escape(value)}</dd>`)
    .join('');
  return `<!doctype html>
<html lang="pt-BR">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ligação atendida</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 28rem; padding: 0 1rem; color: #1c2530; }
h1 { font-size: 1.4rem; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.2rem; }
dt { color: #5b6877; } dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
</style>
</head>
<body>
<main>
<h1>Ligação atendida</h1>
<dl>${list}</dl>
<p>O atendimento foi registrado.</p>
</main>
</body>
</html>
`;
}
