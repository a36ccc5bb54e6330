import { finding, type Finding } from '@finaz-telephony/core';
import { reload } from './reload.ts';
import { variable, type ManagerSession } from './server.ts';

const several = (one: string) => `(?:\\*|${one}(?:&${one})*)`;
const range = (one: string) => several(`${one}(?:-${one})?`);
const time = '(?:[01]?\\d|2[0-3]):[0-5]\\d';
const day = '(?:sun|mon|tue|wed|thu|fri|sat)';
const month = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)';
/** In the format of IFTIME(); a time zone may follow. */
const hours = new RegExp(
  `^${several(`${time}-${time}`)},${range(day)},${range('[0-3]?\\d')},${range(month)}(?:,[\\w+/-]+)?$`,
  'i',
);

/** Whether Asterisk understands when the dialer may dial: if it does not, it silently never dials. */
export async function checkHours(session: ManagerSession): Promise<Finding> {
  for (const name of ['FINAZ_HORARIO', 'FINAZ_HORARIO2']) {
    const written = (await variable(session, name)) ?? '';
    if (written === '' || hours.test(written)) continue;
    return finding.broken(
      'hours',
      `Asterisk does not understand the hours in ${name} ("${written}"): the dialer does not dial during them`,
      `extensions.conf, [globals]: ${name} = 08:00-20:00,mon-fri,*,* (by the clock of the server; for another time zone append ",America/Sao_Paulo"); ${reload('dialplan reload')}`,
    );
  }
  return finding.ok('hours', 'the hours of the dialer can be read');
}
