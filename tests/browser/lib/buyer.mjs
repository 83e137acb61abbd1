// What a buyer does on the card page.

export const CARDS = {
  good: '4054695723100768',
  mastercard: '5162774114974622',
  declined: '4054692760174822',
  slow: '4099990000000113',
};

/** Fills in a card and everything that belongs to it. */
export async function fillCard(page, number = CARDS.good) {
  await page.getByLabel('Card number').fill(number);
  await page.getByLabel('Expiry date').fill('12/29');
  await page.getByLabel('Security code').fill('850');
  await page.getByLabel('First name on the card').fill('Tom');
  await page.getByLabel('Last name on the card').fill('Jay');
  await page.getByLabel('Country or region').selectOption('CN');
  await page.getByLabel('Street and number').fill('Wuchang road');
  await page.getByLabel('Postal code').fill('310000');
  await page.getByLabel('City').fill('Hangzhou');
  await page.getByLabel('State or province').fill('Zhejiang');
}

export const payButton = page => page.getByRole('button', { name: /^Pay / });

/** Opens the page of an order and pays with a new card. */
export async function payWith(page, order, number = CARDS.good) {
  await page.goto(order.checkoutUrl);
  await page.waitForSelector('body[data-state="form"]');
  await fillCard(page, number);
  await payButton(page).click();
}
