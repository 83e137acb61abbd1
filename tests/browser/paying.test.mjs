import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startShop } from './lib/shop.mjs';
import { assertClean, newBuyer, startBrowser, state } from './lib/browser.mjs';
import { CARDS, payWith } from './lib/buyer.mjs';

let shop, browser;
before(async () => { [shop, browser] = await Promise.all([startShop(), startBrowser()]); });
after(async () => { await browser?.close(); await shop?.stop(); });

test('a first payment without 3-D Secure is paid at once', async () => {
  const buyer = await newBuyer(browser, shop);
  const order = await shop.order();
  await payWith(buyer.page, order);
  await state(buyer.page, 'paid');
  assertClean(buyer);
  await buyer.close();
});
