// Whatever a buyer or the network does, one payment is made once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { state } from './lib/browser.mjs';
import { CARDS, fillCard, open, payButton, payWith } from './lib/buyer.mjs';
import { authorisations, door, record } from './lib/look.mjs';

const scene = stage();
const PAY = /\/payments\/[^/]+\/pay$/;
const secrets = page => page.locator('#number, #expiry, #code').evaluateAll(fields => fields.map(field => field.value));

/** A buyer with a filled-in form. */
async function ready() {
  const buyer = await scene.buyer();
  const order = await scene.shop.order();
  await open(buyer.page, order);
  await fillCard(buyer.page);
  return { ...buyer, order };
}

async function paidOnce(order) {
  assert.equal(await authorisations(scene.shop, order), 1);
  assert.equal((await record(scene.shop, order.paymentRequestId)).payCalls, 1);
}

test('a double click pays once', async () => {
  const { page, order, seen } = await ready();
  await payButton(page).dblclick();
  await state(page, 'paid');
  assert.equal(seen.pays.length, 1);
  await paidOnce(order);
});

test('from the click until the result the button is disabled and the card is gone from the page', async () => {
  const { page, order, seen } = await ready();
  const held = door();
  await page.route(PAY, async route => {
    const response = await route.fetch();
    await held.wait();
    await route.fulfill({ response });
  });
  await payButton(page).click();
  await state(page, 'paying');
  assert.equal(await payButton(page).isDisabled(), true);
  assert.deepEqual(await secrets(page), ['', '', '']);
  assert.match(await page.locator('#status').textContent(), /Paying/);
  await page.evaluate(() => document.getElementById('form').requestSubmit());
  await page.keyboard.press('Enter');
  assert.equal(await payButton(page).isDisabled(), true);
  held.open();
  await state(page, 'paid');
  assert.equal(seen.pays.length, 1);
  await paidOnce(order);
});

test('a reload while the payment is under way shows the result and pays once', async () => {
  const { page, order, seen } = await ready();
  const processed = door();
  await page.route(PAY, async route => {
    await route.fetch();
    processed.open();
  });
  await payButton(page).click();
  await processed.wait();
  await page.reload();
  await state(page, 'paid');
  assert.equal(seen.pays.length, 1);
  await paidOnce(order);
});

test('a reload before the payment has arrived waits for it instead of offering the form', async () => {
  const { page, order, seen } = await ready();
  const sent = door(), held = door(), arrived = door();
  await page.route(PAY, async route => {
    sent.open();
    await held.wait();
    await route.fetch();
    arrived.open();
  });
  await payButton(page).click();
  await sent.wait();
  await page.reload();
  await state(page, 'finding');
  assert.equal(await payButton(page).isVisible(), false);
  held.open();
  await arrived.wait();
  await state(page, 'paid');
  assert.equal(seen.pays.length, 1);
  await paidOnce(order);
});

test('if the answer is lost, the page finds out and does not offer to pay again', async () => {
  const { page, order, seen, expected } = await ready();
  expected.push(/ERR_FAILED/);
  await page.route(PAY, async route => {
    await route.fetch();
    await route.abort();
  });
  await payButton(page).click();
  await state(page, 'paid');
  assert.equal(seen.pays.length, 1);
  await paidOnce(order);
});

test('while the network is away after the click, the page keeps finding out', async () => {
  const { page, context, order, expected } = await ready();
  expected.push(/ERR_FAILED/, /ERR_INTERNET_DISCONNECTED/);
  await page.route(PAY, async route => {
    await route.fetch();
    await context.setOffline(true);
    await route.abort();
  });
  await payButton(page).click();
  await state(page, 'finding');
  await page.waitForEvent('requestfailed', request => request.method() === 'GET');
  assert.equal(await page.locator('body').getAttribute('data-state'), 'finding');
  assert.equal(await payButton(page).isVisible(), false);
  await context.setOffline(false);
  await state(page, 'paid');
  await paidOnce(order);
});

test('if the payment was never begun, the form comes back, empty of card data, and works', async () => {
  const { page, order, expected } = await ready();
  expected.push(/ERR_FAILED/);
  await page.route(PAY, route => route.abort(), { times: 1 });
  await payButton(page).click();
  await page.locator('#notice').waitFor();
  await state(page, 'form');
  assert.match(await page.locator('#notice').textContent(), /not started.*not been charged/);
  assert.deepEqual(await secrets(page), ['', '', '']);
  assert.equal(await page.getByLabel('City').inputValue(), 'Hangzhou');
  await fillCard(page);
  await payButton(page).click();
  await state(page, 'paid');
  await paidOnce(order);
});

test('if the server is out of order, the payment stands where it stood', async () => {
  const { page, order, expected } = await ready();
  expected.push(/status of 503/);
  await page.route(PAY, route => route.fulfill({ status: 503, json: { code: 'table_unavailable' } }), { times: 1 });
  await payButton(page).click();
  await page.locator('#notice').waitFor();
  assert.equal((await scene.shop.payment(order.paymentRequestId)).status, 'CREATED');
  await fillCard(page);
  await payButton(page).click();
  await state(page, 'paid');
  await paidOnce(order);
});

test('the back button leads a payer to the result, not to the form', async () => {
  const { page, order, seen } = await ready();
  await payButton(page).click();
  await state(page, 'paid');
  await page.getByRole('link', { name: 'Back to the shop' }).click();
  await page.waitForURL(/\/shop\/return/);
  await page.goBack();
  await state(page, 'paid');
  assert.equal(await page.locator('form').isVisible(), false);
  assert.equal(seen.pays.length, 1);
  await paidOnce(order);
});

test('whoever goes away and comes back finds no card data in the form', async () => {
  const { page } = await ready();
  await page.goto(`${scene.shop.url}/shop/return`);
  await page.goBack();
  await state(page, 'form');
  assert.deepEqual(await secrets(page), ['', '', '']);
});

test('a page that the browser had kept is looked up anew', async () => {
  const { page, order } = await ready();
  const twin = await scene.buyer();
  await payWith(twin.page, order);
  await state(twin.page, 'paid');
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await state(page, 'paid');
  assert.deepEqual(await secrets(page), ['', '', '']);
});

test('two windows with the same payment pay once', async () => {
  const [one, other] = [await ready(), await scene.buyer()];
  await open(other.page, one.order);
  await fillCard(other.page, CARDS.mastercard);
  await Promise.all([payButton(one.page).click(), payButton(other.page).click()]);
  await Promise.all([state(one.page, 'paid'), state(other.page, 'paid')]);
  assert.equal(await authorisations(scene.shop, one.order), 1);
});

test('an order that another payment has paid is not paid again', async () => {
  const [one, other] = [await scene.buyer(), await scene.buyer()];
  const orderId = 'ORDER_paid_elsewhere';
  const [first, second] = [await scene.shop.order({ orderId }), await scene.shop.order({ orderId })];
  await open(other.page, second);
  await payWith(one.page, first);
  await state(one.page, 'paid');
  other.expected.push(/status of 409/);
  await fillCard(other.page);
  await payButton(other.page).click();
  await other.page.locator('#notice').waitFor();
  assert.match(await other.page.locator('#notice').textContent(), /paid already/);
  assert.equal(await authorisations(scene.shop, first), 1);
});

test('a click on retry is taken once', async () => {
  const buyer = await scene.buyer();
  await payWith(buyer.page, await scene.shop.order(), CARDS.declined);
  await state(buyer.page, 'declined');
  const retries = () => buyer.seen.urls.filter(url => url.endsWith('/retry')).length;
  await buyer.page.getByRole('button', { name: 'Try again' }).dblclick();
  await state(buyer.page, 'form');
  assert.equal(retries(), 1);
});
