// What a buyer does on the card page and at the bank.
import { state } from './browser.mjs';

export const CARDS = {
  visa: '4054695723100768',
  mastercard: '5162774114974622',
  declined: '4054692760174822',
  fraud: '4099990000000022',
  notSupported: '4099990000000048',
  upgrade: '4099990000000105',
  slow: '4099990000000113',
  captureFails: '4099990000000147',
  formRedirect: '4099990000000204',
};
export const EXPIRY_YEAR = String((new Date().getFullYear() + 3) % 100).padStart(2, '0');
export const CODE = '850';

/** Fills in a card and everything that belongs to it. */
export async function fillCard(page, number = CARDS.visa) {
  await page.getByLabel('Card number').fill(number);
  await page.getByLabel('Expiry date').fill(`12/${EXPIRY_YEAR}`);
  await page.getByLabel('Security code').fill(CODE);
  await page.getByLabel('First name on the card').fill('Tom');
  await page.getByLabel('Last name on the card').fill('Jay');
  await page.getByLabel('Country or region').selectOption('CN');
  await page.getByLabel('Street and number').fill('Wuchang road');
  await page.getByLabel('Postal code').fill('310000');
  await page.getByLabel('City').fill('Hangzhou');
  await page.getByLabel('State or province').fill('Zhejiang');
}

export const payButton = page => page.getByRole('button', { name: /^Pay .*\d/ });
export const button = (page, name) => page.getByRole('button', { name });
export const heading = page => page.getByRole('heading', { level: 1 }).textContent();

/** Opens the page of an order and waits for the form. */
export async function open(page, order) {
  await page.goto(order.checkoutUrl);
  await state(page, 'form');
}

/** Opens the page of an order and pays with a new card. */
export async function payWith(page, order, number = CARDS.visa) {
  await open(page, order);
  await fillCard(page, number);
  await payButton(page).click();
}

/** At the simulated bank: 'Succeed', 'Fail' or 'Abandon', and back. */
export async function atBank(page, decision) {
  await button(page, decision).click();
  await page.waitForURL(/\/checkout\/[^/]+\/result$/);
}
