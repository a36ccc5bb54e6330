/** The 67 area codes (DDD) in use, by state (UF). Source: Anatel, general plan of national codes. */
const areaCodesByState: Readonly<Record<string, readonly string[]>> = {
  SP: ['11', '12', '13', '14', '15', '16', '17', '18', '19'],
  RJ: ['21', '22', '24'],
  ES: ['27', '28'],
  MG: ['31', '32', '33', '34', '35', '37', '38'],
  PR: ['41', '42', '43', '44', '45', '46'],
  SC: ['47', '48', '49'],
  RS: ['51', '53', '54', '55'],
  DF: ['61'],
  GO: ['62', '64'],
  TO: ['63'],
  MT: ['65', '66'],
  MS: ['67'],
  AC: ['68'],
  RO: ['69'],
  BA: ['71', '73', '74', '75', '77'],
  SE: ['79'],
  PE: ['81', '87'],
  AL: ['82'],
  PB: ['83'],
  RN: ['84'],
  CE: ['85', '88'],
  PI: ['86', '89'],
  PA: ['91', '93', '94'],
  AM: ['92', '97'],
  RR: ['95'],
  AP: ['96'],
  MA: ['98', '99'],
};

/** All of them, as two digits, sorted. */
export const areaCodes: readonly string[] = Object.values(areaCodesByState).flat().toSorted();

const inUse: ReadonlySet<string> = new Set(areaCodes);

/** Whether these two digits are an area code (DDD) in use. */
export function isAreaCode(text: string): boolean {
  return inUse.has(text);
}

const zonesOutsideBrasiliaTime: Readonly<Record<string, readonly string[]>> = {
  '65': ['America/Cuiaba'],
  '66': ['America/Cuiaba'],
  '67': ['America/Campo_Grande'],
  '68': ['America/Rio_Branco'],
  '69': ['America/Porto_Velho'],
  '81': ['America/Recife', 'America/Noronha'],
  '92': ['America/Manaus'],
  '95': ['America/Boa_Vista'],
  '97': ['America/Manaus', 'America/Eirunepe'],
};

/** IANA zones of an area code; where there are two, calling hours must hold in both. */
export function timeZonesOfAreaCode(areaCode: string): readonly string[] {
  return zonesOutsideBrasiliaTime[areaCode] ?? ['America/Sao_Paulo'];
}
