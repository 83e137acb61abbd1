// Paying with a new card, and how each end of a payment looks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { state, PHONE } from './lib/browser.mjs';
import { CARDS, CODE, EXPIRY_YEAR, button, fillCard, heading, open, payButton, payWith } from './lib/buyer.mjs';
import { authorisations, settled, withView } from './lib/look.mjs';

const scene = stage();

test('a first payment without 3-D Secure is paid at once', async () => {
  const { page } = await scene.buyer();
  const order = await scene.shop.order();
  await payWith(page, order);
  await state(page, 'paid');
  assert.equal(await heading(page), 'Payment successful');
  assert.equal(await page.title(), 'Payment successful');
  assert.equal(await authorisations(scene.shop, order), 1);
});

test('the pay call carries the card, the address and the browser, and nothing else', async () => {
  const { page, seen } = await scene.buyer();
  await payWith(page, await scene.shop.order());
  await state(page, 'paid');
  const [{ env, ...body }] = seen.pays;
  assert.deepEqual(body, {
    card: {
      cardNo: CARDS.visa, cvv: CODE, expiryMonth: '12', expiryYear: EXPIRY_YEAR,
      cardholderName: { firstName: 'Tom', lastName: 'Jay' },
      billingAddress: { region: 'CN', state: 'Zhejiang', city: 'Hangzhou', address1: 'Wuchang road', zipCode: '310000' },
    },
    storeCard: false, returnTo: 'checkout',
  });
  assert.deepEqual(env, {
    terminalType: 'WEB',
    browserInfo: { acceptHeader: '*/*', javaEnabled: false, javaScriptEnabled: true, language: 'en-US' },
    colorDepth: 24, screenHeight: 768, screenWidth: 1024, timeZoneOffset: new Date().getTimezoneOffset(),
  });
});

test('a phone is told as such, with its system, language and time zone', async () => {
  const userAgent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
  const { page, context, seen } = await scene.buyer({ ...PHONE, userAgent, locale: 'de-DE', timezoneId: 'Pacific/Kiritimati' });
  // That browser has no such description of itself.
  await context.addInitScript(() => Object.defineProperty(navigator, 'userAgentData', { value: undefined }));
  await payWith(page, await scene.shop.order());
  await state(page, 'paid');
  const [{ env }] = seen.pays;
  assert.deepEqual([env.terminalType, env.osType, env.browserInfo.language], ['WAP', 'IOS', 'de-DE']);
  assert.deepEqual([env.screenWidth, env.screenHeight], [390, 844]);
  assert.equal(env.timeZoneOffset, -720, 'as far as the payment API goes');
});

test('amounts have as many decimals as their currency, and goods are listed', async () => {
  for (const [currency, value, shown] of [['EUR', '30000', '€300.00'], ['JPY', '1250', '¥1,250'], ['KWD', '12345', 'KWD 12.345']]) {
    const { page } = await scene.buyer();
    await open(page, await scene.shop.order({ amount: { currency, value } }));
    const normal = text => text.replace(/\s/g, ' ');
    assert.equal(normal(await page.locator('#amount').textContent()), shown);
    assert.equal(normal(await payButton(page).textContent()), `Pay ${shown}`);
    assert.equal(normal(await heading(page)), `Pay ${shown}`);
  }
  const { page } = await scene.buyer();
  const unit = { currency: 'EUR', value: '15000' };
  const goods = [{ referenceGoodsId: 'G1', goodsName: 'Coffee <b>pods</b>', goodsQuantity: '2', goodsUnitAmount: unit }];
  await open(page, await scene.shop.order({ description: 'Cappuccino #grande', goods }));
  assert.equal(await page.locator('#description').textContent(), 'Cappuccino #grande');
  assert.deepEqual(await page.locator('#goods li span').allTextContents(), ['2 × Coffee <b>pods</b>', '€150.00 each']);
});

test('a declined card can be followed by a new attempt with another card', async () => {
  const { page } = await scene.buyer();
  const order = await scene.shop.order();
  await payWith(page, order, CARDS.declined);
  await state(page, 'declined');
  assert.match(await page.locator('#message').textContent(), /Check the card data, or use another card.*not been charged/);
  await button(page, 'Try again').click();
  await state(page, 'form');
  assert.notEqual(new URL(page.url()).pathname, `/checkout/${order.paymentRequestId}`);
  await fillCard(page, CARDS.mastercard);
  await payButton(page).click();
  await state(page, 'paid');
  assert.equal((await scene.shop.payment(order.paymentRequestId)).status, 'DECLINED');
  assert.equal(await authorisations(scene.shop, order), 1);
});

test('texts of declines give advice and no reasons', async () => {
  for (const [number, advice] of [
    [CARDS.fraud, 'This card cannot be used for this payment. Please use another card. You have not been charged.'],
    [CARDS.notSupported, 'This card cannot be used for this payment. Please use another card. You have not been charged.'],
    [CARDS.declined, 'Your bank did not approve this payment. Check the card data, or use another card. You have not been charged.'],
  ]) {
    const { page } = await scene.buyer();
    await payWith(page, await scene.shop.order(), number);
    await state(page, 'declined');
    assert.equal(await page.locator('#message').textContent(), advice);
    assert.doesNotMatch(await page.locator('main').innerText(), /fraud|risk|suspect|[A-Z]{3,}_[A-Z]/i);
  }
});

test('a decline that only the shop can mend says so', async () => {
  const { page } = await scene.buyer();
  await withView(page, { status: 'DECLINED', decline: { advice: 'ask_merchant' }, canRetry: false });
  await page.goto((await scene.shop.order()).checkoutUrl);
  await state(page, 'declined');
  assert.match(await page.locator('#message').textContent(), /ask the shop/);
  assert.equal(await button(page, 'Try again').isVisible(), false);
});

test('a result that takes its time is waited for', async () => {
  const { page } = await scene.buyer();
  const order = await scene.shop.order();
  await payWith(page, order, CARDS.slow);
  await state(page, 'finding');
  assert.equal(await payButton(page).isVisible(), false);
  await state(page, 'paid');
  assert.equal(await authorisations(scene.shop, order), 1);
});

test('asking ends after a minute, and goes on with "I have paid"', async () => {
  const { page, context } = await scene.buyer();
  await context.clock.install();
  let asked = 0;
  await withView(page, () => { asked += 1; return { status: 'PENDING', redirect: null }; });
  await page.goto((await scene.shop.order()).checkoutUrl);
  await state(page, 'finding');
  assert.equal(await button(page, 'I have paid').isVisible(), false);
  const answered = () => page.waitForResponse(/\/payments\/[^/]+$/);
  for (let second = 0; second < 62; second += 2) {
    const answer = answered();
    await context.clock.runFor(2000);
    if (await button(page, 'I have paid').isVisible()) break;
    await answer;
  }
  await button(page, 'I have paid').waitFor();
  assert.equal(await page.locator('#status').textContent(), 'There is no result yet.');
  const before = asked;
  await context.clock.runFor(30000);
  assert.equal(asked, before, 'nothing is asked meanwhile');
  await button(page, 'I have paid').click();
  await page.waitForFunction(() => document.getElementById('status').textContent === 'Looking for the result.');
  assert.equal(asked, before + 1);
});

test('each end of a payment has its words, and a way back to the shop', async () => {
  for (const [view, name, words] of [
    [{ status: 'AUTHORIZED' }, 'paid', /300\.00 was paid/],
    [{ status: 'CAPTURED' }, 'paid', /300\.00 was paid/],
    [{ status: 'CANCELLED' }, 'cancelled', /cancelled.*not been charged/],
    [{ status: 'EXPIRED' }, 'expired', /not been charged.*in the shop/],
    [{ status: 'CAPTURE_FAILED' }, 'failed', /not been charged.*ask the shop/],
    [{ status: 'AUTHORIZED', inReview: true }, 'review', /do not pay again/],
    [{ status: 'DECLINED', retriedAs: 'PAY_x' }, 'newer', /newer attempt/],
  ]) {
    const { page } = await scene.buyer();
    await withView(page, view);
    await page.goto((await scene.shop.order()).checkoutUrl);
    await state(page, name);
    assert.match(await page.locator('#message').textContent(), words);
    assert.equal(await page.locator('form').isVisible(), false);
    const shop = page.getByRole('link', { name: 'Back to the shop' });
    assert.match(await shop.getAttribute('href'), /^https?:/);
  }
});

test('a payment whose capture fails is shown as not completed', async () => {
  const { page } = await scene.buyer();
  const order = await scene.shop.order({ mode: 'MANUAL', captureOn: 'authorized' });
  await payWith(page, order, CARDS.captureFails);
  await state(page, 'paid', 'failed');
  await settled(scene.shop, order, 'CAPTURE_FAILED');
  await page.reload();
  await state(page, 'failed');
});

test('the time to pay is shown, and the form goes when it is over', async () => {
  const { page } = await scene.buyer();
  await withView(page, view => ({ expiresAt: new Date(Date.parse(view.expiresAt)).toISOString() }));
  await open(page, await scene.shop.order({ expiresInSeconds: 600 }));
  assert.match(await page.locator('#time-left').textContent(), /^Time left to pay: (9|10) minutes$/);
  const late = await scene.buyer();
  const end = new Date(Date.now() + 2500).toISOString();
  await withView(late.page, { expiresAt: end });
  await open(late.page, await scene.shop.order());
  await fillCard(late.page);
  assert.match(await late.page.locator('#status').textContent(), /two minutes/);
  await state(late.page, 'expired');
  assert.equal(await late.page.locator('#number').inputValue(), '');
});
