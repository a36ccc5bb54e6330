import type { DraftedFeature } from '../../src/authoring/draft/guess-feature.ts';

/** A command as somebody would copy it, and what the values in it are. */
export interface CopiedCommand {
  readonly style: string;
  /** `ORIGIN` stands for the address of the system. */
  readonly command: string;
  /** What its shell makes of it, where that is not a shell of this machine. */
  readonly words?: readonly string[];
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly feature: DraftedFeature;
  readonly reply: string;
  /** The input of the feature that stands in the command. */
  readonly input: unknown;
  /** Expressions that must have been found, by their places. */
  readonly expressions: Readonly<Record<string, string>>;
  /** Names of the secrets that were lifted out, with their values. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly capture?: Readonly<Record<string, string>>;
  readonly outcome?: string;
}

const call = { queue: '12', extension: '1001', areaCode: '41', number: '999998888' };

export const ana = {
  contactId: '7001',
  name: 'Ana Souza',
  cpf: '52998224725',
  phones: [
    { areaCode: '41', number: '999998888' },
    { areaCode: '41', number: '33334444' },
  ],
};
export const joao = {
  contactId: '7002',
  name: 'João; "Jô"',
  cpf: '39053344705',
  phones: [
    { areaCode: '11', number: '988887777' },
    { areaCode: '11', number: '30304040' },
  ],
};

const csv = Buffer.from(
  '\ufeffID;Nome;CPF;DDD1;Telefone1;DDD2;Telefone2\r\n7001;Ana Souza;52998224725;41;999998888;41;33334444\r\n7002;"João; ""Jô""";39053344705;11;988887777;11;30304040\r\n',
);

export const tenCommands: readonly CopiedCommand[] = [
  {
    style: 'a manual: JSON in single quotes, a bearer token, -X and line ends of Windows',
    command:
      'curl -X POST \'ORIGIN/api/v1/calls\' \\\r\n  -H \'Authorization: Bearer abc.DEF-123_x\' \\\r\n  -H \'Content-Type: application/json\' \\\r\n  -d \'{\r\n  "ramal": "1001",\r\n  "numero": "41999998888",\r\n  "fila": 12,\r\n  "gravar": true,\r\n  "obs": "São João {{fixo"\r\n}\'\r\n',
    feature: 'click2call',
    reply: '{"sucesso":true,"mensagem":"ok","dados":{"id_ligacao":"c-77"}}',
    input: call,
    expressions: {
      'body.ramal': '{{ extension }}',
      'body.numero': '{{ areaCode }}{{ number }}',
      'body.fila': '{{ queue | number }}',
    },
    secrets: { dialerToken: 'abc.DEF-123_x' },
    capture: { callId: '{{ reply.dados.id_ligacao }}' },
    outcome: 'reply.sucesso == false',
  },
  {
    style: '-G with --data-urlencode, and a key in the query',
    command: `curl -sG ORIGIN/dialer/api.php --data-urlencode 'function=external_dial' --data-urlencode "ramal=1001" --data-urlencode "phone_number=(41) 99999-8888" --data-urlencode 'obs=São & Cia = 100%' -d api_key=0123456789abcdef --compressed`,
    feature: 'click2call',
    reply: 'SUCCESS: call placed - uniqueid: 1700000000.15',
    input: call,
    expressions: {
      'query.ramal': '{{ extension }}',
      'query.phone_number': '{{ phone | phone: "national" | mask: "(##) #####-####" }}',
    },
    secrets: { dialerApiKey: '0123456789abcdef' },
    capture: {
      callId: '{{ text | match: "(?i)(?:id|uniqueid|protocolo)\\\\s*[:=]\\\\s*([\\\\w.-]+)" }}',
    },
    outcome: 'not (text matches "^\\\\s*SUCCESS")',
  },
  {
    style: '-u, form fields, double quotes with escapes, and a value twice',
    command:
      'curl --user "finaz:se\\$nh\\"a:1" --request POST --url "ORIGIN/transferir" --data "ramal=1001&destino=4130303030&tag=a+b&tag=%C3%A7&vazio=" --data-raw \'id_ligacao=c-1\'',
    feature: 'transfer',
    reply: '{"status":"error","message":"ramal livre"}',
    input: { queue: '12', extension: '1001', destination: '4130303030', callId: 'c-1' },
    expressions: {
      'body.ramal': '{{ extension }}',
      'body.destino': '{{ destination }}',
      'body.id_ligacao': '{{ callId }}',
    },
    secrets: { dialerPassword: 'se$nh"a:1' },
    outcome: 'reply.status == "error"',
  },
  {
    style: '-F with a file of contacts, a field with a type of its own file, and a key in a header',
    command: `curl ORIGIN/mailings/import -F "arquivo=@contatos.csv;type=text/csv" -F campanha=12 -F 'layout="a; b"' -H 'X-Api-Key: k-9876543210' -H 'Accept: application/json'`,
    files: { 'contatos.csv': csv },
    feature: 'contactLoad',
    reply: '{"ok":true,"mailing_id":55}',
    input: { queue: '12', contacts: [ana, joao] },
    expressions: { 'body.campanha': '{{ queue }}' },
    secrets: { dialerApiKey: 'k-9876543210' },
    capture: { list: '{{ reply.mailing_id }}' },
    outcome: 'reply.ok == false',
  },
  {
    style: "a browser's copy for bash: $'' quotes, cookies, and what only a browser sends",
    command: `curl 'ORIGIN/app/discar?ramal=1001' \\
  -H 'accept: application/json, text/plain, */*' \\
  -H 'accept-language: pt-BR,pt;q=0.9' \\
  -H 'content-type: application/json;charset=UTF-8' \\
  -b 'PHPSESSID=k3j4h5k3j4h5k3j4; tema=escuro' \\
  -H 'origin: https://painel.exemplo' \\
  -H 'sec-ch-ua: "Chromium";v="130"' \\
  -H 'sec-fetch-mode: cors' \\
  -H 'user-agent: Mozilla/5.0 (X11)' \\
  --data-raw $'{"telefone":"+5541999998888","nota":"d\\'\\u00e1gua\\\\n\\u0021","ids":[1,2.50,null]}' \\
  --insecure`,
    feature: 'click2call',
    reply:
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"error":null,"call":{"uuid":"u-1"}}',
    input: call,
    expressions: { 'query.ramal': '{{ extension }}', 'body.telefone': '{{ phone }}' },
    secrets: { dialerPhpsessid: 'k3j4h5k3j4h5k3j4' },
    capture: { callId: '{{ reply.call.uuid }}' },
    outcome: 'reply.error',
  },
  {
    style: "a browser's copy for cmd: carets, and quotes with backslashes",
    command:
      'curl ^"ORIGIN/api/chamadas?token=t0k3n-1^&v=1^" ^\r\n  -H ^"content-type: application/json^" ^\r\n  -H ^"referer: https://painel.exemplo/^" ^\r\n  --data-raw ^"^{^\\^"origem^\\^":^\\^"1001^\\^",^\\^"destino^\\^":^\\^"5541999998888^\\^",^\\^"campanha^\\^":^{^\\^"id^\\^":^\\^"12^\\^"^},^\\^"obs^\\^":^\\^"100^% ^^ ok^\\^"^}^"\r\n',
    words: [
      'ORIGIN/api/chamadas?token=t0k3n-1&v=1',
      '-H',
      'content-type: application/json',
      '-H',
      'referer: https://painel.exemplo/',
      '--data-raw',
      '{"origem":"1001","destino":"5541999998888","campanha":{"id":"12"},"obs":"100% ^ ok"}',
    ],
    feature: 'click2call',
    reply: '{"codigo":0,"descricao":"aceita","chamada":{"id":"c-9"}}',
    input: call,
    expressions: {
      'body.origem': '{{ extension }}',
      'body.destino': '{{ phone | digits }}',
      'body.campanha.id': '{{ queue }}',
    },
    secrets: { dialerToken: 't0k3n-1' },
    capture: { callId: '{{ reply.chamada.id }}' },
    outcome: 'reply.codigo != 0',
  },
  {
    style: '--json with a body from a file, one contact',
    command:
      'curl --json @contato.json ORIGIN/v2/contacts -H "Access-Token: 11112222333344445555666677778888"',
    files: {
      'contato.json':
        '{\n  "contact": {"id": "7001", "nome": "Ana Souza", "cpf": "529.982.247-25", "list_id": 12},\n  "phones": [{"ddd": "41", "numero": "999998888"}, {"ddd": "41", "numero": "33334444"}]\n}\n',
    },
    feature: 'contactLoad',
    reply: '{"success":"true","message":""}',
    input: { queue: '12', contacts: [ana] },
    expressions: {
      'body.contact.id': '{{ contactId }}',
      'body.contact.nome': '{{ name }}',
      'body.contact.cpf': '{{ cpf | digits | mask: "###.###.###-##" }}',
      'body.contact.list_id': '{{ queue | number }}',
      'body.phones.0.ddd': '{{ areaCode1 }}',
      'body.phones.1.numero': '{{ number2 }}',
    },
    secrets: { dialerAccessToken: '11112222333344445555666677778888' },
    outcome: 'reply.success == false',
  },
  {
    style: 'XML from a manual, PowerShell with backticks',
    command:
      "curl.exe -X POST 'ORIGIN/soap/discador' `\r\n  -H 'Content-Type: text/xml; charset=utf-8' -H 'SOAPAction: \"urn:Discar\"' `\r\n  -d '<Discar><usuario>finaz</usuario><senha>p&amp;1</senha><chave>s3gr3d0!</chave><ramal>1001</ramal><telefone>041999998888</telefone></Discar>'\r\n",
    words: [
      '-X',
      'POST',
      'ORIGIN/soap/discador',
      '-H',
      'Content-Type: text/xml; charset=utf-8',
      '-H',
      'SOAPAction: "urn:Discar"',
      '-d',
      '<Discar><usuario>finaz</usuario><senha>p&amp;1</senha><chave>s3gr3d0!</chave><ramal>1001</ramal><telefone>041999998888</telefone></Discar>',
    ],
    feature: 'click2call',
    reply: '<Resposta><sucesso>true</sucesso><idLigacao>778</idLigacao></Resposta>',
    input: call,
    expressions: {
      'body.ramal': '{{ extension | xml }}',
      'body.telefone': '{{ phone | phone: "withZero" | xml }}',
    },
    secrets: { dialerSenha: 'p&1', dialerChave: 's3gr3d0!' },
    capture: { callId: '{{ reply.Resposta.idLigacao }}' },
    outcome: 'reply.Resposta.sucesso == false',
  },
  {
    style: 'a recording: an address with an id in its path, a header of its own, -L and -k',
    command: `curl -kL -A "Finaz/1.0" -e ORIGIN/painel "ORIGIN/api/gravacoes/1700000000.15/audio.wav?formato=wav" -o gravacao.wav -H "Authorization: Token 0f0f0f0f"`,
    feature: 'recording',
    reply: 'RIFF',
    input: { callId: '1700000000.15' },
    expressions: { url: '{{ callId }}' },
    secrets: { dialerToken: '0f0f0f0f' },
  },
  {
    style: 'a report: POST of a form with dates, a page, and JSON in a field',
    command: `curl ORIGIN/relatorios/ligacoes --data-urlencode 'filtro={"campanha":"12","inicio":"15/01/2026 00:00","fim":"16/01/2026 00:00"}' -d pagina=1 -d limite=200 -d 'senha=x y' -m 60`,
    feature: 'dialerResults',
    reply:
      '{"total":2,"dados":{"ligacoes":[{"id":1,"id_crm":"7001","telefone":"41999998888","data_hora":"15/01/2026 10:00:00","status":"Atendida","duracao":"00:01:05","ramal":"1001"},{"id":2,"id_crm":"7002","telefone":"4133334444","data_hora":"15/01/2026 10:01:00","status":"Não atende","duracao":"0","ramal":""}]}}',
    input: { queue: '12', from: '2026-01-15T03:00:00Z', to: '2026-01-16T03:00:00Z' },
    expressions: {
      'body.filtro.campanha': '{{ queue }}',
      'body.filtro.inicio': '{{ from | date: "dd/MM/yyyy HH:mm" }}',
      'body.pagina': '{{ page }}',
      'body.limite': '{{ size }}',
    },
    secrets: { dialerSenha: 'x y' },
  },
];
