/** Names that vendors use for each thing, in Portuguese and English, as `plainName` writes them: lower case, letters only, without accents. */
export const placeNames = {
  areaCode:
    /^(?:ddd|area|areacode|codigo(?:de)?area|codarea|ddd(?:telefone|fone|numero|destino)|phone(?:area|ddd))$/,
  number:
    /^(?:(?:numero|num|number|telefone|tel|fone|phone|celular|mobile)(?:number|numero|destino|telefone|cliente|contato|to|discar|completo|full)?|destino|numerodestino|telefonedestino|fonedestino|destination(?:number)?|to|tonumber|para|dst|called|callee|calledpart(?:y|ynumber)|dial(?:number|ednumber)?|numbertocall|target|customerphone|clientphone|msisdn|b|bnumber|discar|calls?to|ligar|ligarpara)$/,
  extension:
    /^(?:(?:numero|id|num)?rama(?:l|is)(?:origem|usuario|operador|agente)?|extens(?:ion|ions|ao)(?:number|id)?|exten|ext|agentexten(?:sion)?|agentphone|branch|sipextension|sippeer|peer)$/,
  /** Counts only if the value is as short as an extension. */
  caller:
    /^(?:origem|numeroorigem|from|fromnumber|source|src|caller|callerid|originador|a|anumber|agents?|agentes?|agentid|agenteid|idagente|agentuser|agentcode|operador(?:es|id)?|idoperador|operators?|operatorid|users?|usuarios?|userid|usuarioid|login|channel|interface|device|endpoint)$/,
  queue:
    /^(?:(?:id|cod|codigo|nome)?(?:fila|filas|campanha|campanhas|lista|listas)(?:id|codigo|nome)?|queues?(?:id|name)?|campaigns?(?:id|name|code)?|idcampaign|lists?(?:id)?|idlist|mailings?(?:id|name)?|idmailing|skill(?:id)?|grupo|servico)$/,
  contactId:
    /^(?:idcrm|crmid|crm|(?:id|cod|codigo)(?:contato|cliente|externo|devedor)|(?:contato|cliente|devedor)(?:id|codigo)|contacts?id|customers?id|leads?id|external(?:id|code|ref|key)|vendorleadcode|identificador(?:contato(?:crm)?)?|chave(?:cliente|contato)|pid|ref|refid|reference|referencia|custom(?:id|ref)|contacts?key|codigointegracao|integrationid)$/,
  /** An id of the contact only if no surer name is present. */
  plainId: /^(?:id|codigo|code|key|identifier|uuid|contacts?|contatos?|leads?)$/,
  callId:
    /^(?:uniqueid|linkedid|(?:id)?(?:call|calls|ligacao|ligacoes|chamada|chamadas|recording|recordings|gravacao|gravacoes|audio|audios)(?:id|guid|uuid|ref|code)?|callref|guid|uuid|id|protocolo|recid|recordid|channelid|arquivo|filename|file)$/,
  attemptId:
    /^(?:xrequestid|requestid|idempotencykey|xidempotencykey|xcorrelationid|correlationid|clientcallid|clientref|transactionid|transacaoid|idtransacao)$/,
  cpf: /^(?:n[ro]?)?(?:cpf|cpfcnpj|cnpj|cnpjcpf|documento|document|doc|taxid)(?:cliente|contato|number)?$/,
  name: /^(?:nome|name|fullname|nomecompleto|nome(?:do)?(?:cliente|contato|devedor)|cliente|devedor|clientname|customername|firstname|contactname|(?:contact|contato|customer)(?:nome|name))$/,
  destination:
    /^(?:(?:ramal|numero|telefone|fila|extension|queue|fone)?(?:destino|destination)(?:number|ramal|extension|numero)?|to|para|target|transfer(?:to|number|destination)?|transferir(?:para)?|exten|numero|number|phone(?:number)?|telefone|dst|value)$/,
  from: /^(?:(?:data|dt|hora|datahora|date|datetime|time)?(?:inicio|inicial|ini|start|from|begin|de|since|after)(?:date|time|data|at|datetime)?|periodoinicio|mindate|lastdate)$/,
  to: /^(?:(?:data|dt|hora|datahora|date|datetime|time)?(?:fim|final|end|to|ate|until|before|termino)(?:date|time|data|at|datetime)?|periodofim|maxdate)$/,
  page: /^(?:page|pagina|pag|pagenumber|numeropagina|currentpage)$/,
  size: /^(?:size|limit|limite|perpage|pagesize|porpagina|quantidade|qtd|take|maxresults|rows)$/,
  offset: /^(?:offset|posicao|skip|start)$/,
} as const satisfies Record<string, RegExp>;

export type PlaceName = keyof typeof placeNames;
