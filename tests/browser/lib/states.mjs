// Ways into every state of the card page, for those who look at each of them.
import { state } from './browser.mjs';
import { CARDS, atBank, fillCard, payButton, payWith, open } from './buyer.mjs';
import { withView } from './look.mjs';

const seenAs = view => async (page, shop) => {
  await withView(page, view);
  await page.goto((await shop.order()).checkoutUrl);
};

async function storeCard(page, shop, buyer) {
  await open(page, await shop.order({ buyer }));
  await fillCard(page);
  await page.getByLabel('Store this card for my next payment').check();
  await payButton(page).click();
  await state(page, 'paid');
}

/** Name of what is seen, the state it is in, and the way there. */
export const STATES = [
  ['form', 'form', async (page, shop) => open(page, await shop.order({ buyer: 'buyer-looks' }))],
  ['mistakes', 'form', async (page, shop) => {
    await open(page, await shop.order());
    await payButton(page).click();
    await page.locator('#problems').waitFor();
  }],
  ['stored card', 'form', async (page, shop) => {
    const buyer = `buyer-${Date.now()}`;
    await storeCard(page, shop, buyer);
    await open(page, await shop.order({ buyer }));
  }],
  ['refused', 'form', async (page, shop) => {
    await page.route(/\/pay$/, route => route.fulfill({ status: 400, json: { code: 'invalid_field' } }), { times: 1 });
    await payWith(page, await shop.order());
    await page.locator('#notice').waitFor();
  }],
  ['paying', 'paying', async (page, shop) => {
    await page.route(/\/pay$/, () => {});
    await payWith(page, await shop.order());
  }],
  ['waiting for the bank', 'bank', async (page, shop) => {
    await payWith(page, await shop.order({ is3DSAuthentication: true }));
    await atBank(page, 'Abandon');
  }],
  ['finding out', 'finding', seenAs({ status: 'PENDING', redirect: null })],
  ['paid', 'paid', async (page, shop) => payWith(page, await shop.order())],
  ['declined', 'declined', async (page, shop) => payWith(page, await shop.order(), CARDS.declined)],
  ['cancelled', 'cancelled', seenAs({ status: 'CANCELLED', canRetry: true })],
  ['expired', 'expired', seenAs({ status: 'EXPIRED' })],
  ['capture failed', 'failed', seenAs({ status: 'CAPTURE_FAILED' })],
  ['in review', 'review', seenAs({ status: 'AUTHORIZED', inReview: true })],
  ['newer attempt', 'newer', seenAs({ status: 'DECLINED', retriedAs: 'PAY_x' })],
  ['without a token', 'denied', async (page, shop) => page.goto(`${shop.url}/checkout/PAY_none`)],
];
