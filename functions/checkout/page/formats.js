// How amounts, dates and names are written, and which addresses may be gone to.

const LANGUAGE = document.documentElement.lang;

/** An amount as the payment API's page view gives it: exact, with as many decimals as its currency has. */
function money({ currency, decimal }) {
  const decimals = decimal.split('.')[1]?.length ?? 0;
  const format = { style: 'currency', currency, minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return new Intl.NumberFormat(LANGUAGE, format).format(decimal);
}

function storedCardName({ brand, lastFour, expiryMonth, expiryYear }) {
  const ending = lastFour ? `${brand || 'Card'} ending ${lastFour}` : brand || 'Card';
  return expiryMonth && expiryYear ? `${ending}, expires ${expiryMonth}/${expiryYear}` : ending;
}

function timeLeft(milliseconds) {
  const minutes = Math.round(milliseconds / 60000);
  if (minutes > 120) return `${Math.floor(minutes / 60)} hours`;
  return minutes > 1 ? `${minutes} minutes` : 'about a minute';
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Where the bank waits for the buyer: `{address, fields}`, with fields if they are to be posted. Null if there is nothing to go to or
 * it must not be gone to: only https will do, or http within one machine.
 */
function bankOf(redirect) {
  const url = parsed(redirect?.url);
  const local = LOOPBACK.includes(url?.hostname) && LOOPBACK.includes(location.hostname);
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && local)) return null;
  if (redirect.method !== 'POST') return { address: url.href, fields: null };
  try {
    return { address: url.href, fields: JSON.parse(redirect.parameters ?? '{}') };
  } catch {
    return null;
  }
}

/** The address if it can stand in a link, else null. */
function linkAddress(text) {
  const url = parsed(text);
  return ['https:', 'http:'].includes(url?.protocol) ? url.href : null;
}

function parsed(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

// ISO 3166-1 alpha-2, as issuers know them.
const COUNTRIES = (
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK ' +
  'CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS ' +
  'GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV ' +
  'LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM ' +
  'PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR ' +
  'TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'
).split(' ');

/** Codes and names of all countries, by name. */
function countries() {
  const names = new Intl.DisplayNames(LANGUAGE, { type: 'region' });
  const named = COUNTRIES.map(code => ({ code, name: names.of(code) }));
  return named.sort((one, other) => one.name.localeCompare(other.name, LANGUAGE));
}
