// Storing a card by consent, and paying with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { state } from './lib/browser.mjs';
import { CARDS, EXPIRY_YEAR, button, fillCard, open, payButton } from './lib/buyer.mjs';
import { door, record } from './lib/look.mjs';

const scene = stage();
const consent = page => page.getByLabel('Store this card for my next payment');
const masked = `VISA ending 0768, expires 12/${EXPIRY_YEAR}`;

/** A first payment by this buyer of the shop, with or without consent. */
async function firstPayment(buyer, { store }) {
  const { page, seen } = await scene.buyer();
  await open(page, await scene.shop.order({ buyer }));
  await fillCard(page);
  if (store) await consent(page).check();
  await payButton(page).click();
  await state(page, 'paid');
  assert.equal(seen.pays[0].storeCard, store);
}

test('the card of a buyer who consents is offered for the next payment and pays without card data', async () => {
  await firstPayment('buyer-consents', { store: true });
  const { page, seen } = await scene.buyer();
  const order = await scene.shop.order({ buyer: 'buyer-consents' });
  await open(page, order);
  assert.equal(await page.getByLabel(masked).isChecked(), true);
  assert.equal(await page.getByLabel('Card number').isVisible(), false);
  await payButton(page).click();
  await state(page, 'paid');
  assert.deepEqual(Object.keys(seen.pays[0]).sort(), ['env', 'returnTo', 'storedCard']);
  assert.equal((await record(scene.shop, order.paymentRequestId)).authorisations, 1);
});

test('while a stored card is being charged, nothing sends the form again', async () => {
  await firstPayment('buyer-hurries', { store: true });
  const { page, seen } = await scene.buyer();
  await open(page, await scene.shop.order({ buyer: 'buyer-hurries' }));
  const held = door();
  await page.route(/\/pay$/, async route => {
    const response = await route.fetch();
    await held.wait();
    await route.fulfill({ response });
  });
  await payButton(page).click();
  await state(page, 'paying');
  await page.evaluate(() => document.getElementById('form').requestSubmit());
  held.open();
  await state(page, 'paid');
  assert.equal(seen.pays.length, 1);
});

test('consent is not given by itself, and without it nothing is stored', async () => {
  const { page } = await scene.buyer();
  await open(page, await scene.shop.order({ buyer: 'buyer-refuses' }));
  assert.equal(await consent(page).isChecked(), false);
  await firstPayment('buyer-refuses', { store: false });
  await page.goto((await scene.shop.order({ buyer: 'buyer-refuses' })).checkoutUrl);
  await state(page, 'form');
  assert.equal(await page.locator('#stored').isVisible(), false);
});

test('a buyer with a stored card can use another one', async () => {
  await firstPayment('buyer-changes', { store: true });
  const { page, seen } = await scene.buyer();
  await open(page, await scene.shop.order({ buyer: 'buyer-changes' }));
  await page.getByLabel('Another card').check();
  await fillCard(page, CARDS.mastercard);
  await payButton(page).click();
  await state(page, 'paid');
  assert.equal(seen.pays[0].card.cardNo, CARDS.mastercard);
});

test('what was typed of another card is gone when the stored one is chosen again', async () => {
  await firstPayment('buyer-wavers', { store: true });
  const { page } = await scene.buyer();
  await open(page, await scene.shop.order({ buyer: 'buyer-wavers' }));
  await page.getByLabel('Another card').check();
  await fillCard(page);
  await page.getByLabel(masked).check();
  await page.getByLabel('Another card').check();
  assert.equal(await page.getByLabel('Card number').inputValue(), '');
  assert.equal(await page.getByLabel('Security code').inputValue(), '');
  assert.equal(await page.getByLabel('City').inputValue(), 'Hangzhou');
});

test('stored cards are shown to nobody else', async () => {
  await firstPayment('buyer-one', { store: true });
  const { page } = await scene.buyer();
  await open(page, await scene.shop.order({ buyer: 'buyer-two' }));
  assert.equal(await page.locator('#stored').isVisible(), false);
});

test('without a buyer whom the shop knows, storing is not offered', async () => {
  const { page } = await scene.buyer();
  await open(page, await scene.shop.order({ buyer: null }));
  assert.equal(await consent(page).isVisible(), false);
});

test('a stored card can be used with 3-D Secure', async () => {
  await firstPayment('buyer-secure', { store: true });
  const { page } = await scene.buyer();
  await open(page, await scene.shop.order({ buyer: 'buyer-secure', is3DSAuthentication: true }));
  await payButton(page).click();
  await button(page, 'Succeed').click();
  await state(page, 'paid');
});
