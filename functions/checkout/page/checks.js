// What can be said about the fields before anything is sent. Limits are those of the payment API.

/** The digits of a card number as typed, without blanks and hyphens; null if anything else is in it. */
function cardDigits(text) {
  const digits = text.replace(/[\s-]/g, '');
  return /^\d*$/.test(digits) ? digits : null;
}

/** The check digit of card numbers (ISO/IEC 7812, Luhn). */
function checkDigitIsRight(digits) {
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

const isAmex = digits => /^3[47]/.test(digits);

/** The number in the groups that are printed on the card. */
function grouped(digits) {
  return isAmex(digits) ? digits.replace(/^(.{4})(.{6})(.+)/, '$1 $2 $3') : digits.replace(/.{4}(?=.)/g, '$& ');
}

/** Month and year, two digits each, of "8/29", "08/2029", "0829" and the like; null if it is no such thing. */
function expiryOf(text) {
  const parts = /^(\d{1,2})\s*[/.\s-]\s*(?:20)?(\d{2})$/.exec(text.trim()) ?? /^(\d{2})(?:20)?(\d{2})$/.exec(text.trim());
  if (!parts) return null;
  const month = parts[1].padStart(2, '0');
  return month >= '01' && month <= '12' ? { month, year: parts[2] } : null;
}

/** Whether the last month of a card lies before this one. */
function isPast({ month, year }, today) {
  return (2000 + Number(year)) * 12 + Number(month) - 1 < today.getFullYear() * 12 + today.getMonth();
}

// Where issuers compare the address, it has to be whole.
const NEEDS_POSTCODE = ['CA', 'GB', 'US'];
const NEEDS_STATE = ['CA', 'US'];

const required = what => text => (text.trim() ? '' : `Enter ${what}.`);

/** For each field: what is wrong with its text, or '' if nothing is. The second argument has the other fields' texts. */
const CHECKS = {
  number(text) {
    const digits = cardDigits(text);
    if (digits === '') return 'Enter the card number.';
    if (digits === null) return 'Use digits only.';
    if (digits.length < 12 || digits.length > 19) return 'A card number has 12 to 19 digits.';
    return checkDigitIsRight(digits) ? '' : 'This is not a card number. Check it for a wrong digit.';
  },
  expiry(text) {
    if (!text.trim()) return 'Enter the expiry date.';
    const expiry = expiryOf(text);
    if (!expiry) return 'Enter month and year, for example 08/29.';
    const today = new Date();
    if (isPast(expiry, today)) return 'This card has expired. Use another one.';
    return 2000 + Number(expiry.year) > today.getFullYear() + 25 ? 'Check the year.' : '';
  },
  code(text, others) {
    if (!text.trim()) return 'Enter the security code.';
    const length = isAmex(cardDigits(others.number) ?? '') ? 4 : 3;
    const right = length === 4 ? /^\d{4}$/ : /^\d{3,4}$/;
    return right.test(text.trim()) ? '' : `The security code has ${length} digits.`;
  },
  'first-name': required('the first name on the card'),
  'last-name': required('the last name on the card'),
  country: text => (text ? '' : 'Choose the country.'),
  line1: required('street and number'),
  line2: () => '',
  postcode(text, others) {
    if (text.trim() || !NEEDS_POSTCODE.includes(others.country)) return '';
    return 'Enter the postal code.';
  },
  city: required('the city'),
  state(text, others) {
    if (!NEEDS_STATE.includes(others.country) || /^[A-Za-z]{2,3}$/.test(text.trim())) return '';
    return 'Enter the short code of the state or province, for example CA.';
  },
};
