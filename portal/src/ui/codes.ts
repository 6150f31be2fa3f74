/** Countries, currencies and time zones by their codes, under the names that the person's language has for them. */

export interface Named {
  readonly value: string;
  readonly label: string;
}

/** The ISO 3166-1 alpha-2 codes in use. */
const countryCodes =
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW';

/** Every country, by its name. */
export function countries(language: string): Named[] {
  const names = new Intl.DisplayNames(language, { type: 'region' });
  return byName(
    countryCodes.split(' ').map((value) => ({ value, label: names.of(value) ?? value })),
    language,
  );
}

/** Every currency that is paid in, by its code, with its name: `EUR – Euro`. */
export function currencies(language: string, and: readonly string[] = []): Named[] {
  const names = new Intl.DisplayNames(language, { type: 'currency' });
  const codes = new Set([...Intl.supportedValuesOf('currency').filter(isPaidIn), ...and]);
  return [...codes].sort().map((value) => ({ value, label: `${value} – ${names.of(value) ?? value}` }));
}

/** Testing codes, bonds and metals begin with X, as do four currencies of several countries. */
const isPaidIn = (code: string) => !code.startsWith('X') || ['XAF', 'XCD', 'XOF', 'XPF'].includes(code);

/** Every time zone below its part of the world. */
export function timeZones(and: string): { group: string; items: Named[] }[] {
  const groups = new Map<string, Named[]>();
  for (const value of [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), and])].sort()) {
    const [group = value] = value.split('/');
    groups.set(group, [...(groups.get(group) ?? []), { value, label: value.replaceAll('_', ' ') }]);
  }
  return [...groups].map(([group, items]) => ({ group, items }));
}

function byName(all: Named[], language: string): Named[] {
  const { compare } = new Intl.Collator(language);
  return all.sort((one, other) => compare(one.label, other.label));
}
