// The form: what it offers, what is wrong in it, what it sends. Nothing of a card is kept in any variable.

const part = id => document.getElementById(id);
const SECRETS = ['number', 'expiry', 'code'];

const textsOfFields = () => Object.fromEntries(Object.keys(CHECKS).map(id => [id, part(id).value]));
const chosenCard = () => document.querySelector('input[name="which"]:checked')?.value ?? '';

function clearSecrets() {
  for (const id of SECRETS) part(id).value = '';
}

/** Fills in what the payment allows: stored cards, consent. Keeps what was typed. */
function offer(view) {
  const cards = view.storedCards ?? [];
  const before = document.querySelector('input[name="which"]:checked')?.id;
  part('consent').hidden = !view.canStoreCard;
  part('stored').hidden = cards.length === 0;
  part('stored-cards').replaceChildren(...cards.map(storedCardChoice));
  const usable = document.querySelector('#stored-cards input:not(:disabled)') ?? part('another-card');
  (part(before) ?? usable).checked = true;
  part('pay').textContent = `Pay ${money(view.amount)}`;
  showChosen();
}

function storedCardChoice(card, place) {
  const past = card.expiryMonth && card.expiryYear && isPast({ month: card.expiryMonth, year: card.expiryYear }, new Date());
  const input = Object.assign(document.createElement('input'), {
    type: 'radio', name: 'which', id: `stored-card-${place}`, value: card.storedCard, disabled: Boolean(past),
  });
  const label = Object.assign(document.createElement('label'), {
    htmlFor: input.id, textContent: storedCardName(card) + (past ? ' (expired)' : ''),
  });
  const line = Object.assign(document.createElement('p'), { className: 'choice' });
  line.append(input, label);
  return line;
}

/** The fields of a new card are there only while one is to be entered. */
function showChosen() {
  part('new-card').hidden = chosenCard() !== '';
  if (part('new-card').hidden) {
    clearSecrets();
    showMistakes({});
  }
}

/** What is wrong, by field, in the order of the form. */
function mistakes() {
  if (chosenCard()) return {};
  const texts = textsOfFields();
  const found = Object.entries(CHECKS).map(([id, check]) => [id, check(texts[id], texts)]);
  return Object.fromEntries(found.filter(([, mistake]) => mistake));
}

/** Writes each mistake beside its field, and all of them in a list on top that leads to the fields. */
function showMistakes(found) {
  for (const id of Object.keys(CHECKS)) showMistake(id, found[id] ?? '');
  const lines = Object.entries(found).map(([id, mistake]) => {
    const link = Object.assign(document.createElement('a'), { href: `#${id}`, textContent: mistake });
    link.addEventListener('click', event => {
      event.preventDefault();
      part(id).focus();
    });
    const line = document.createElement('li');
    line.append(link);
    return line;
  });
  part('problem-list').replaceChildren(...lines);
  part('problems').hidden = lines.length === 0;
}

function showMistake(id, mistake) {
  const field = part(id);
  part(`${id}-error`)?.remove();
  const described = [field.closest('.field').querySelector('.hint')?.id];
  field.removeAttribute('aria-invalid');
  if (mistake) {
    field.setAttribute('aria-invalid', 'true');
    field.after(Object.assign(document.createElement('span'), { id: `${id}-error`, className: 'error', textContent: mistake }));
    described.push(`${id}-error`);
  }
  const ids = described.filter(Boolean).join(' ');
  if (ids) field.setAttribute('aria-describedby', ids);
  else field.removeAttribute('aria-describedby');
}

/** A field that was wrong is looked at again as soon as it has changed. */
function recheck(id) {
  if (part(id).getAttribute('aria-invalid') !== 'true') return;
  const texts = textsOfFields();
  const mistake = CHECKS[id](texts[id], texts);
  showMistake(id, mistake);
  if (mistake) return;
  document.querySelector(`#problem-list a[href="#${id}"]`)?.parentElement.remove();
  part('problems').hidden = part('problem-list').childElementCount === 0;
}

/** The body of the pay call, as text. */
function payBody() {
  const common = { env: environment(), returnTo: 'checkout' };
  const storedCard = chosenCard();
  if (storedCard) return JSON.stringify({ storedCard, ...common });
  const storeCard = !part('consent').hidden && part('store-card').checked;
  return JSON.stringify({ card: newCard(), storeCard, ...common });
}

function newCard() {
  const text = id => part(id).value.trim();
  const expiry = expiryOf(text('expiry'));
  const address = {
    region: text('country'), state: text('state'), city: text('city'),
    address1: text('line1'), address2: text('line2'), zipCode: text('postcode'),
  };
  return {
    cardNo: cardDigits(text('number')),
    cvv: text('code'),
    expiryMonth: expiry.month,
    expiryYear: expiry.year,
    cardholderName: { firstName: text('first-name'), lastName: text('last-name') },
    billingAddress: Object.fromEntries(Object.entries(address).filter(([, value]) => value)),
  };
}

/** Closes all fields and the button while a payment is under way, and opens them again. */
function lock(locked) {
  part('fields').disabled = locked;
}

function prepareForm() {
  part('country').append(...countries().map(({ code, name }) => new Option(name, code)));
  part('form').addEventListener('change', event => (event.target.name === 'which' ? showChosen() : recheck(event.target.id)));
  part('number').addEventListener('input', () => {
    const amex = isAmex(cardDigits(part('number').value) ?? '');
    part('code-hint').textContent = amex ? '4 digits on the front' : '3 digits on the back';
  });
  part('number').addEventListener('blur', () => {
    const digits = cardDigits(part('number').value);
    if (digits) part('number').value = grouped(digits);
  });
  part('expiry').addEventListener('blur', () => {
    const expiry = expiryOf(part('expiry').value);
    if (expiry) part('expiry').value = `${expiry.month}/${expiry.year}`;
  });
  part('country').addEventListener('change', () => {
    part('postcode-optional').hidden = NEEDS_POSTCODE.includes(part('country').value);
    part('state-optional').hidden = NEEDS_STATE.includes(part('country').value);
  });
}
