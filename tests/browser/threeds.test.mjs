// 3-D Secure: to the bank and back, in every way that buyers take.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { state } from './lib/browser.mjs';
import { CARDS, atBank, button, fillCard, heading, payButton, payWith } from './lib/buyer.mjs';
import { authorisations, record } from './lib/look.mjs';

const scene = stage();
const atTheBank = page => page.waitForURL(url => url.href.startsWith(scene.shop.provider));

/** A buyer who has paid and stands before the bank's page. */
async function challenged(number = CARDS.visa) {
  const buyer = await scene.buyer();
  const order = await scene.shop.order({ is3DSAuthentication: true });
  await payWith(buyer.page, order, number);
  await atTheBank(buyer.page);
  return { ...buyer, order };
}

test('after success at the bank the result page shows the payment, and leads back to the shop', async () => {
  const { page, order } = await challenged();
  await atBank(page, 'Succeed');
  await state(page, 'paid');
  assert.equal(new URL(page.url()).pathname, `/checkout/${order.paymentRequestId}/result`);
  assert.equal(await authorisations(scene.shop, order), 1);
  await page.getByRole('link', { name: 'Back to the shop' }).click();
  await page.waitForURL(/\/shop\/return/);
});

test('after failure at the bank the payment is declined and can be tried again', async () => {
  const { page, order } = await challenged();
  await atBank(page, 'Fail');
  await state(page, 'declined');
  assert.match(await page.locator('#message').textContent(), /not been charged/);
  await button(page, 'Try again').click();
  await state(page, 'form');
  await fillCard(page, CARDS.visa);
  await payButton(page).click();
  await atTheBank(page);
  await atBank(page, 'Succeed');
  await state(page, 'paid');
  assert.equal(await authorisations(scene.shop, order), 1);
});

test('whoever leaves the bank without a decision can continue there', async () => {
  const { page, order } = await challenged();
  await atBank(page, 'Abandon');
  await state(page, 'bank');
  assert.equal(await heading(page), 'Waiting for your bank');
  assert.equal(await page.locator('form').isVisible(), false);
  await button(page, 'Continue at your bank').click();
  await atTheBank(page);
  await atBank(page, 'Succeed');
  await state(page, 'paid');
  assert.equal(await authorisations(scene.shop, order), 1);
});

test('whoever leaves the bank without a decision can use another card, and the first attempt is cancelled', async () => {
  const { page, order } = await challenged();
  await atBank(page, 'Abandon');
  await state(page, 'bank');
  await button(page, 'Use another card').click();
  await state(page, 'form');
  await fillCard(page, CARDS.mastercard);
  await payButton(page).click();
  await atTheBank(page);
  await atBank(page, 'Succeed');
  await state(page, 'paid');
  assert.equal((await scene.shop.payment(order.paymentRequestId)).status, 'CANCELLED');
  assert.ok((await record(scene.shop, order.paymentRequestId)).cancelledAt);
  assert.equal(await authorisations(scene.shop, order), 1);
});

test('the back button at the bank leads to the waiting page, not to the form', async () => {
  const { page, order, seen } = await challenged();
  await page.goBack();
  await state(page, 'bank');
  assert.equal(await page.locator('form').isVisible(), false);
  assert.equal(await page.locator('#number').inputValue(), '');
  await fetch(`${scene.shop.provider}/_sim/3ds/${order.paymentRequestId}?outcome=success`, { method: 'POST' });
  await button(page, 'I have paid').click();
  await state(page, 'paid');
  assert.equal(seen.pays.length, 1);
});

test('a result that the bank found elsewhere shows without a click', async () => {
  const { page, order } = await challenged();
  await page.goBack();
  await state(page, 'bank');
  await fetch(`${scene.shop.provider}/_sim/3ds/${order.paymentRequestId}?outcome=fail`, { method: 'POST' });
  await state(page, 'declined');
});

test('a bank that has to be reached by a posted form is reached', async () => {
  const buyer = await scene.buyer();
  await payWith(buyer.page, await scene.shop.order(), CARDS.formRedirect);
  await atTheBank(buyer.page);
  await atBank(buyer.page, 'Succeed');
  await state(buyer.page, 'paid');
});

test('a card that the bank wants confirmed is confirmed though the shop did not ask for it', async () => {
  const buyer = await scene.buyer();
  await payWith(buyer.page, await scene.shop.order({ is3DSAuthentication: false, enableAuthenticationUpgrade: true }), CARDS.upgrade);
  await atTheBank(buyer.page);
  await atBank(buyer.page, 'Succeed');
  await state(buyer.page, 'paid');
});

test('the result page needs the token of this tab', async () => {
  const { context, page, order, expected } = await challenged();
  await atBank(page, 'Abandon');
  await state(page, 'bank');
  const other = await context.newPage();
  expected.push(/status of 401/);
  await other.goto(`${scene.shop.url}/checkout/${order.paymentRequestId}/result`);
  await state(other, 'denied');
  assert.equal(await heading(other), 'Open the payment again from the shop');
});

test('the page of an attempt that was given up leads to the newer one', async () => {
  const { page, order } = await challenged();
  await atBank(page, 'Fail');
  await state(page, 'declined');
  await button(page, 'Try again').click();
  await state(page, 'form');
  const newer = page.url();
  await page.goto(`${scene.shop.url}/checkout/${order.paymentRequestId}`);
  await state(page, 'newer');
  await page.getByRole('link', { name: 'Go to the newer attempt' }).click();
  await state(page, 'form');
  assert.equal(page.url(), newer);
});
