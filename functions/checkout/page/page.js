// What happens on the page: look the payment up, take the card, pay, follow it to its end. The last part of the script: the server
// puts checks, formats, environment, server, form, states and this one together, in this order, in one module.

const ASK_EVERY = 2000;
const ASK_FOR = 60000;

let view = null;
let busy = false;
let round = 0;
let askUntil = 0;
let timer = 0;
let clockAhead = 0;
let refusal = '';

/** Asks how the payment stands and shows it. `unsureUntil`: before this, CREATED may mean that pay is still on its way. */
async function look(unsureUntil = 0) {
  clearTimeout(timer);
  const mine = (round += 1);
  const { status, body, date } = await call('GET');
  // Something newer is under way: this answer may be older than what it finds.
  if (mine !== round) return;
  if (status === 200) {
    if (date) clockAhead = date - Date.now();
    view = body;
    follow(stateOf(view), unsureUntil);
  } else if ([400, 401, 403, 404].includes(status)) {
    sessionStorage.removeItem(tokenKey(paymentId));
    show('denied', null);
  } else if (Date.now() < askUntil) {
    show(view && document.body.dataset.state !== 'loading' ? 'finding' : 'loading', view);
    askAgain(unsureUntil);
  } else {
    show('offline', view);
  }
}

/** Shows a state and goes on asking while it is an open one. */
function follow(state, unsureUntil = 0) {
  const unsure = state === 'form' && Date.now() < unsureUntil;
  if (state === 'form' && !unsure) return enterCard();
  if (!unsure) forgetStarted();
  remark('');
  show(unsure ? 'finding' : state, view);
  if (!unsure && !['bank', 'finding'].includes(state)) return;
  if (Date.now() < askUntil) return askAgain(unsureUntil);
  tell('There is no result yet.');
  part('ask').hidden = false;
  part('actions').hidden = false;
}

function askAgain(unsureUntil) {
  timer = setTimeout(() => look(unsureUntil), ASK_EVERY);
}

/** Asks from now on for a while. */
function lookAgain(unsureUntil = 0) {
  askUntil = Date.now() + ASK_FOR;
  return look(unsureUntil);
}

function enterCard() {
  forgetStarted();
  if (millisecondsLeft() <= 0) return show('expired', view);
  remark(refusal);
  show('form', view);
  offer(view);
  watchTime();
}

const millisecondsLeft = () => Date.parse(view.expiresAt) - (Date.now() + clockAhead);

/** Shows the time left; says it once when little is left, and ends the form when it is over. */
function watchTime() {
  clearTimeout(timer);
  const left = millisecondsLeft();
  if (document.body.dataset.state !== 'form') return;
  if (left <= 0) {
    clearSecrets();
    lookAgain();
    return;
  }
  part('time-left').textContent = `Time left to pay: ${timeLeft(left)}`;
  if (left < 120000) tell('Less than two minutes are left to pay.');
  timer = setTimeout(watchTime, Math.min(left, 10000));
}

/** Pays, once: until the result is known there is no way back to the button. */
async function pay(event) {
  event.preventDefault();
  if (busy) return;
  const found = mistakes();
  showMistakes(found);
  if (Object.keys(found).length > 0) return part('problems').focus();
  busy = true;
  round += 1;
  clearTimeout(timer);
  const answer = call('POST', '/pay', payBody());
  clearSecrets();
  noteStarted();
  remark('');
  show('paying', view);
  const { status, body } = await answer;
  busy = false;
  if (status === 200) return goOn(body);
  refusal = REFUSALS[body?.code] ?? REFUSALS[status] ?? REFUSALS.other;
  show('finding', view);
  // Without an answer the call may still be on its way.
  await lookAgain(status === 0 ? startedUntil() : 0);
}

/** Shown above the form if it turns out that the payment was not begun; by the problem's code, or by HTTP status. */
const REFUSALS = {
  order_already_paid: 'This order has been paid already. You have not been charged again.',
  unknown_stored_card: 'This stored card cannot be used any more, and you have not been charged. Please use another card.',
  400: 'Some of the data were not accepted, and you have not been charged. Please check them and enter the card again.',
  429: 'There were too many payments at once, and you have not been charged. Please enter the card again in a moment.',
  other: 'The payment was not started, and you have not been charged. Please enter the card again.',
};

/** Goes on after the payment service has answered: to the bank, or to what became of the payment. */
function goOn(answer) {
  view = answer;
  askUntil = Date.now() + ASK_FOR;
  const state = stateOf(view);
  follow(state);
  if (state === 'bank') goToBank();
}

/** Sends the buyer to the bank, by address or by form. */
function goToBank() {
  const bank = bankOf(view.redirect);
  if (!bank) return;
  if (!bank.fields) return location.assign(bank.address);
  const form = Object.assign(document.createElement('form'), { method: 'POST', action: bank.address, hidden: true });
  for (const [name, value] of Object.entries(bank.fields)) {
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  }
  document.body.append(form);
  form.submit();
}

/** Starts another attempt for the same order and goes there. */
async function retry() {
  if (busy) return;
  busy = true;
  round += 1;
  clearTimeout(timer);
  part('retry').disabled = true;
  tell('Starting again.');
  const { status, body } = await call('POST', '/retry');
  const address = [200, 201].includes(status) ? linkAddress(body.checkoutUrl) : null;
  if (address) return location.assign(address);
  busy = false;
  part('retry').disabled = false;
  await lookAgain();
  part('heading').focus();
  remark(RETRY_REFUSALS[body?.code] ?? RETRY_REFUSALS.other);
}

const RETRY_REFUSALS = {
  still_in_process: 'Your bank is still working on the first attempt. Please wait for its result.',
  other: 'A new attempt could not be started.',
};

async function start() {
  busy = false;
  part('retry').disabled = false;
  clearTimeout(timer);
  clearSecrets();
  takeToken();
  show('loading', null);
  const unsureUntil = startedUntil();
  refusal = unsureUntil > Date.now() ? REFUSALS.other : '';
  await lookAgain(unsureUntil);
}

prepareForm();
part('form').addEventListener('submit', pay);
part('continue').addEventListener('click', goToBank);
part('ask').addEventListener('click', () => lookAgain());
part('retry').addEventListener('click', retry);
// Whoever comes back finds no card data and the payment as it stands now.
addEventListener('pagehide', clearSecrets);
addEventListener('pageshow', event => event.persisted && start());
start();
