// What happens on the page: look the payment up, take the card, pay, follow it to its end.

const ASK_EVERY = 2000;
const ASK_FOR = 60000;

let view = null;
let busy = false;
let askUntil = 0;
let timer = 0;
let clockAhead = 0;

/** Asks how the payment stands and shows it. `unsureUntil`: before this, CREATED may mean that pay is still on its way. */
async function look(unsureUntil = 0) {
  clearTimeout(timer);
  const { status, body, date } = await call('GET');
  if (busy) return;
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
  forgetUnless(unsure);
  show(unsure ? 'finding' : state, view);
  if (!unsure && !['bank', 'finding'].includes(state)) return remark('');
  if (Date.now() < askUntil) return askAgain(unsureUntil);
  tell('There is no result yet.');
  part('ask').hidden = false;
  part('actions').hidden = false;
}

function forgetUnless(unsure) {
  if (!unsure) forgetStarted();
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

async function pay(event) {
  event.preventDefault();
  if (busy) return;
  remark('');
  const found = mistakes();
  showMistakes(found);
  if (Object.keys(found).length > 0) return part('problems').focus();
  busy = true;
  clearTimeout(timer);
  const answer = call('POST', '/pay', payBody());
  clearSecrets();
  noteStarted();
  show('paying', view);
  const { status, body } = await answer;
  busy = false;
  if (status === 200) return paid(body);
  if (status !== 0) forgetStarted();
  part('time-left').textContent = '';
  remark(REMARKS[status] ?? 'The payment was not started, and you have not been charged. Please enter the card again.');
  show('finding', view);
  await lookAgain();
}

const REMARKS = { 400: 'Some of the data were not accepted, and you have not been charged. Please check them and enter the card again.' };

/** Goes on after the payment service has answered: to the bank, or to what became of the payment. */
function paid(answer) {
  view = answer;
  part('time-left').textContent = '';
  askUntil = Date.now() + ASK_FOR;
  const state = stateOf(view);
  follow(state);
  if (state === 'bank') goToBank();
}

/** Sends the buyer to the bank, by address or by form. */
function goToBank() {
  const { method, url, parameters } = view.redirect;
  const address = bankAddress(url);
  if (!address) return;
  if (method !== 'POST') return location.assign(address);
  const form = Object.assign(document.createElement('form'), { method: 'POST', action: address, hidden: true });
  for (const [name, value] of Object.entries(JSON.parse(parameters ?? '{}'))) {
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  }
  document.body.append(form);
  form.submit();
}

/** Starts another attempt for the same order and goes there. */
async function retry() {
  if (busy) return;
  busy = true;
  clearTimeout(timer);
  part('retry').disabled = true;
  tell('Starting again.');
  const { status, body } = await call('POST', '/retry');
  busy = false;
  part('retry').disabled = false;
  const address = status === 201 || status === 200 ? linkAddress(body.checkoutUrl) : null;
  if (address) return location.assign(address);
  await lookAgain();
  remark(body?.code === 'still_in_process' ? 'Your bank is still working on the first attempt. Please wait for its result.' : 'A new attempt could not be started.');
}

async function start() {
  busy = false;
  clearTimeout(timer);
  clearSecrets();
  takeToken();
  show('loading', null);
  await lookAgain(startedUntil());
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
