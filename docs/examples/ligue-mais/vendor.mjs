// "Ligue+ Discador", an invented telephone system for docs/first-connection.md: node docs/examples/ligue-mais/vendor.mjs
// PORT: where it listens, 8099 by default. ATENDIMENTO: address that it requests when an operator answers, with {chave}, {fone}, {ligacao}, {ramal}.
// kill -USR2: all sessions have lapsed.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import process from 'node:process';

const sessionSeconds = 120;
const pageSize = 2;
const extension = '2001';
const header = 'CHAVE;NOME;FONE1;FONE2;FONE3';

const sessions = new Map();
/** Contacts by campaign, and every attempt and call there ever was. */
const campaigns = new Map([['15', []]]);
const attempts = [];
const calls = new Set();
process.on('SIGUSR2', () => sessions.clear());

const yes = (more = {}) => ({ sucesso: true, ...more });
const no = (codigo, mensagem) => ({ sucesso: false, codigo, mensagem });

/** Each answers a method and path; `m` are the parts of the path. */
const routes = [
  [/^POST \/v2\/discar$/, dial],
  [/^POST \/v2\/campanhas\/(\d+)\/limpar$/, inCampaign(clear)],
  [/^POST \/v2\/campanhas\/(\d+)\/importar$/, inCampaign(load)],
  [/^POST \/v2\/campanhas\/(\d+)\/iniciar$/, inCampaign(start)],
  [/^POST \/v2\/campanhas\/(\d+)\/parar$/, inCampaign(() => yes())],
  [/^GET \/v2\/campanhas\/(\d+)\/tentativas$/, inCampaign(report)],
  [/^GET \/v2\/gravacoes\/(\d+)$/, recording],
];

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const url = new URL(request.url ?? '/', 'http://ligue');
  console.log(`${request.method} ${request.url}`);
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(answer(request, url, body));
});

function answer({ method, headers }, url, body) {
  if (`${method} ${url.pathname}` === 'POST /v2/sessao') return JSON.stringify(logIn(body));
  const isOpen = (sessions.get(headers['x-chave']) ?? 0) > Date.now();
  if (!isOpen) return JSON.stringify(no(19, 'sessao expirada'));
  for (const [pattern, reply] of routes) {
    const m = pattern.exec(`${method} ${url.pathname}`);
    if (!m) continue;
    const value = reply({ m, url, body, type: headers['content-type'] ?? '' });
    return typeof value === 'string' ? value : JSON.stringify(value);
  }
  return JSON.stringify(no(4, 'rota inexistente'));
}

function logIn(body) {
  const { usuario, senha } = JSON.parse(body.toString() || '{}');
  if (usuario !== 'finaz' || senha !== 'segredo#1') return no(17, 'usuario ou senha invalidos');
  const chave = randomUUID();
  sessions.set(chave, Date.now() + sessionSeconds * 1000);
  return yes({ dados: { chave, validade: sessionSeconds } });
}

function dial({ body }) {
  const { ramal, fone = '' } = Object.fromEntries(new URLSearchParams(body.toString()));
  if (!/^0\d{10,11}$/.test(fone)) return no(31, 'fone deve ter 0 + DDD + numero');
  if (ramal !== extension) return no(32, 'ramal desconhecido');
  const id = String(900719925474099100n + BigInt(calls.size));
  calls.add(id);
  return `{"sucesso":true,"dados":{"ligacao":${id}}}`;
}

function inCampaign(reply) {
  return (exchange) => {
    const contacts = campaigns.get(exchange.m[1]);
    return contacts ? reply({ ...exchange, contacts }) : no(44, 'campanha inexistente');
  };
}

function clear({ contacts }) {
  return yes({ removidos: contacts.splice(0).length });
}

function load({ type, body, contacts }) {
  const boundary = /boundary=(.*)$/.exec(type)?.[1];
  const text = body.toString('latin1');
  const part = text.split(`--${boundary}`).find((piece) => piece.includes('name="arquivo"'));
  if (part === undefined) return no(51, 'campo arquivo ausente');
  const lines = part.slice(part.indexOf('\r\n\r\n') + 4).split('\r\n');
  if (lines[0] !== header) return no(52, `cabecalho invalido: ${lines[0]}`);
  for (const line of lines) if (line !== '') console.log(`| ${line}`);
  const rows = lines.slice(1).filter((line) => line !== '');
  const rejeitados = [];
  for (const [index, line] of rows.entries()) {
    // It knows no quotes.
    const [chave, nome, ...fones] = line.split(';');
    const reject = (motivo) => rejeitados.push({ linha: index + 2, chave, motivo });
    if (contacts.some((contact) => contact.chave === chave)) reject('chave repetida');
    else if (!fones.filter(Boolean).every((fone) => /^0\d{10,11}$/.test(fone)))
      reject('fone invalido');
    else contacts.push({ chave, nome, fones: fones.filter(Boolean) });
  }
  return yes({ importados: rows.length - rejeitados.length, rejeitados });
}

/** The last digit of a number says what becomes of it. */
const ends = { 0: 'OCUPADO', 1: 'ATENDIDA', 3: 'INEXISTENTE', 4: 'CAIXA POSTAL', 5: 'EM CURSO' };

function start({ m, contacts }) {
  for (const { chave, fones } of contacts) {
    for (const fone of fones) {
      const resultado = ends[fone.at(-1)] ?? 'NÃO ATENDE';
      const ligacao = String(700001 + attempts.length);
      const duracao = resultado === 'ATENDIDA' ? '00:01:05' : '00:00:00';
      attempts.push({ campanha: m[1], chave, fone, at: new Date(), resultado, duracao, ligacao });
      if (resultado === 'ATENDIDA') tellAnswered({ chave, fone, ligacao, ramal: extension });
    }
  }
  return yes();
}

function tellAnswered(values) {
  const { ATENDIMENTO } = process.env;
  if (!ATENDIMENTO) return;
  const address = ATENDIMENTO.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
  fetch(address).then(
    ({ status }) => console.log(`atendimento: ${status}`),
    (error) => console.log(`atendimento: ${error.message}`),
  );
}

/** `dd/mm/aaaa hh:mm:ss`, by the clock of Brasília. */
const brasilia = new Intl.DateTimeFormat('pt-BR', {
  timeZone: 'America/Sao_Paulo',
  dateStyle: 'short',
  timeStyle: 'medium',
});
function written(at) {
  const parts = Object.fromEntries(
    brasilia.formatToParts(at).map(({ type, value }) => [type, value]),
  );
  return `${parts.day}/${parts.month}/${at.getFullYear()} ${parts.hour}:${parts.minute}:${parts.second}`;
}

/** Whole days. */
function report({ m, url }) {
  const day = (name) => url.searchParams.get(name) ?? '';
  const sortable = (date) => date.replace(/(..)\/(..)\/(....)/, '$3$2$1');
  if (!/^\d\d\/\d\d\/\d{4}$/.test(day('de'))) return no(61, 'de invalido');
  const rows = attempts
    .filter(({ campanha }) => campanha === m[1])
    .map(({ chave, fone, at, resultado, duracao, ligacao }) => ({
      chave,
      fone,
      data: written(at),
      resultado,
      duracao,
      ligacao,
    }))
    .filter(({ data }) => {
      const date = sortable(data.slice(0, 10));
      return date >= sortable(day('de')) && date <= sortable(day('ate'));
    });
  const page = Number(url.searchParams.get('pagina') ?? 1);
  return yes({
    paginas: Math.ceil(rows.length / pageSize),
    tentativas: rows.slice((page - 1) * pageSize, page * pageSize),
  });
}

function recording({ m }) {
  const id = m[1];
  if (!calls.has(id) && !attempts.some(({ ligacao }) => ligacao === id))
    return no(71, 'gravacao nao encontrada');
  return yes({ dados: { nome: `${id}.wav`, conteudo: silence().toString('base64') } });
}

/** A tenth of a second of nothing, 8 kHz, 16 bit. */
function silence() {
  const samples = 800;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8000, 24);
  wav.writeUInt32LE(16_000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  return wav;
}

server.listen(Number(process.env.PORT ?? 8099), '127.0.0.1', () => {
  console.log(`Ligue+ answers at http://127.0.0.1:${server.address().port}`);
});
