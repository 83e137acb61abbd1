// What the buyer sees of each state of a payment: heading, text, and what can be done.

/** What a decline means for the buyer, by the class that the server names. Reasons of risk checks are not known here. */
const DECLINES = {
  try_again: 'Your bank did not approve this payment. Check the card data, or use another card.',
  other_card: 'This card cannot be used for this payment. Please use another card.',
  authenticate: 'Your bank wants to make sure that it is you. Please try again and confirm the payment with your bank.',
  ask_merchant: 'This payment cannot be made at the moment. Please ask the shop.',
};
const NOT_CHARGED = 'You have not been charged.';

/** Heading, text and name of the retry button by state; functions take the page view. */
const STATES = {
  loading: { heading: 'One moment', status: 'Loading the payment.' },
  form: { heading: view => `Pay ${money(view.amount)}` },
  paying: { heading: view => `Pay ${money(view.amount)}`, status: 'Paying. Please stay on this page.' },
  bank: {
    heading: 'Waiting for your bank',
    text: 'Your bank asks you to confirm this payment. If you have done so, the result shows here in a moment.',
    status: 'Looking for the result.',
    retry: 'Use another card',
  },
  finding: {
    heading: 'We are finding out',
    text: 'The result of this payment is not known yet. Please do not pay again.',
    status: 'Looking for the result.',
  },
  paid: { heading: 'Payment successful', text: view => `${money(view.amount)} was paid. You can close this page.` },
  declined: {
    heading: 'Payment not approved',
    text: view => `${DECLINES[view.decline?.advice] ?? DECLINES.try_again} ${NOT_CHARGED}`,
    retry: 'Try again',
  },
  cancelled: { heading: 'Payment cancelled', text: `This payment was cancelled. ${NOT_CHARGED}`, retry: 'Pay after all' },
  expired: { heading: 'The time to pay is over', text: `${NOT_CHARGED} Start the payment again in the shop.` },
  failed: { heading: 'Payment not completed', text: `The payment was approved but not carried out. ${NOT_CHARGED} Please ask the shop.` },
  review: { heading: 'The shop is checking this payment', text: 'You need not do anything now, and please do not pay again. The shop knows how it stands.' },
  newer: { heading: 'You have started again', text: 'A newer attempt to pay this order exists. Please go on there.' },
  denied: { heading: 'Open the payment again from the shop', text: 'This address is not valid any more, or it was not opened from the shop.' },
  offline: { heading: 'No connection', text: 'The payment cannot be looked up at the moment. Check your connection, and look again.' },
};
const STATE_OF_STATUS = {
  CREATED: 'form', PENDING: 'finding', AUTHORIZED: 'paid', CAPTURED: 'paid', DECLINED: 'declined', CANCELLED: 'cancelled',
  EXPIRED: 'expired', CAPTURE_FAILED: 'failed',
};

/** Which state the server's view of a payment amounts to. */
function stateOf(view) {
  const state = STATE_OF_STATUS[view.status] ?? 'finding';
  if (state === 'paid' && !view.inReview) return state;
  if (view.inReview) return 'review';
  if (view.retriedAs) return 'newer';
  return state === 'finding' && bankOf(view.redirect) ? 'bank' : state;
}

const said = (words, view) => (typeof words === 'function' ? words(view) : words ?? '');

/** Shows a state. The focus goes to the heading when the state is another one than before, or what had the focus is gone. */
function show(state, view) {
  const before = document.body.dataset.state;
  const { heading, text, status, retry } = STATES[state];
  document.body.dataset.state = state;
  document.title = part('heading').textContent = said(heading, view);
  part('message').textContent = said(text, view);
  tell(said(status, view));
  part('form').hidden = !['form', 'paying'].includes(state);
  lock(state === 'paying');
  if (state !== 'form') {
    showMistakes({});
    part('time-left').textContent = '';
  }
  showOrder(view);
  showActions(state, view, retry);
  const isNew = before && before !== 'loading' && before !== state;
  if (isNew || document.activeElement?.closest('[hidden]')) part('heading').focus();
}

/** Says something to those who look and to those who listen, once. */
function tell(text) {
  if (part('status').textContent !== text) part('status').textContent = text;
}

/** A remark above the form; '' takes it away. */
function remark(text) {
  part('notice').textContent = text;
  part('notice').hidden = !text;
}

function showOrder(view) {
  part('order').hidden = !view;
  if (!view) return;
  part('description').textContent = view.description ?? '';
  part('amount').textContent = money(view.amount);
  part('goods').replaceChildren(...(view.goods ?? []).map(goodsLine));
}

function goodsLine({ name, quantity, unitAmount }) {
  const line = document.createElement('li');
  const count = quantity && quantity !== '1' ? `${quantity} × ` : '';
  const price = unitAmount ? money(unitAmount) + (count ? ' each' : '') : '';
  for (const text of [count + name, price]) line.append(Object.assign(document.createElement('span'), { textContent: text }));
  return line;
}

/** What the buyer can do in this state. */
function showActions(state, view, retry) {
  const newer = state === 'newer' && sessionStorage.getItem(tokenKey(view.retriedAs));
  const shop = !['form', 'paying', 'bank', 'finding'].includes(state) && linkAddress(view?.returnUrl);
  part('continue').hidden = state !== 'bank';
  part('ask').hidden = !['bank', 'offline'].includes(state);
  part('ask').textContent = state === 'offline' ? 'Look again' : 'I have paid';
  part('retry').hidden = !(retry && view.canRetry);
  part('retry').textContent = retry ?? '';
  part('newer').hidden = !newer;
  part('newer').href = newer ? `/checkout/${view.retriedAs}` : '';
  part('shop').hidden = !shop;
  if (shop) part('shop').href = shop;
  part('actions').hidden = ![...part('actions').children].some(action => !action.hidden);
}
