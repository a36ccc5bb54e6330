import type { FeatureName } from '@finaz-telephony/core';
import type { Leaf } from './reply-leaves.ts';
import { plainName } from './slot.ts';

const callNames: readonly RegExp[] = [
  /^(?:idligacao|ligacaoid|idchamada|chamadaid|idcall|callid|calluuid|callguid|uniqueid|callref|calluniqueid|linkedid)$/,
  /^(?:(?:call|ligacao|chamada|call[a-z]*)(?:id|uuid|guid)?)$/,
  /^(?:uuid|guid|protocolo|protocol|channelid|actionid|jobuuid)$/,
  /^(?:(?:data|dados|result|resultado|response|resposta)(?:id|uuid))$/,
  /^id$/,
];

const loadNames: readonly RegExp[] = [
  /^(?:idmailing|mailingid|idlista|listaid|listid|idlist|idimportacao|importid|importacaoid|loteid|idlote|batchid)$/,
  /^(?:(?:mailing|lista|list|lote|batch|import|importacao)id?)$/,
];

/** Proposes what to capture from a reply: the id of the call, or the id of the list that a load has created. */
export function proposeCapture(
  feature: FeatureName,
  leaves: readonly Leaf[],
): Readonly<Record<string, string>> {
  const wanted =
    feature === 'click2call'
      ? ({ name: 'callId', names: callNames } as const)
      : feature === 'contactLoad'
        ? ({ name: 'list', names: loadNames } as const)
        : undefined;
  if (!wanted) return {};
  const possible = leaves.filter(
    ({ value }) => (typeof value === 'string' && value.trim() !== '') || typeof value === 'number',
  );
  for (const names of wanted.names) {
    const found = possible.find(
      (leaf) =>
        names.test(plainName(leaf.names.at(-1) ?? '')) ||
        names.test(plainName(leaf.names.slice(-2).join(''))),
    );
    if (found) return { [wanted.name]: `{{ reply${found.path} }}` };
  }
  return {};
}

/** In a reply of plain text: an id that is the whole text, or that follows a word such as `id:`. */
export function proposeTextCapture(
  feature: FeatureName,
  text: string,
): Readonly<Record<string, string>> {
  if (feature !== 'click2call') return {};
  if (/^[\w.-]*\d[\w.-]*$/.test(text.trim())) return { callId: '{{ text | trim }}' };
  if (/(?:id|uniqueid|protocolo)\s*[:=]\s*[\w.-]+/i.test(text))
    return {
      callId: '{{ text | match: "(?i)(?:id|uniqueid|protocolo)\\\\s*[:=]\\\\s*([\\\\w.-]+)" }}',
    };
  return {};
}
