// Everybody can pay: with a keyboard, a screen reader, a small phone, in the dark.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { state, PHONE } from './lib/browser.mjs';
import { CODE, EXPIRY_YEAR, CARDS, button, fillCard, open, payButton, payWith } from './lib/buyer.mjs';
import { focused, inspect, overflow, smallTargets } from './lib/access.mjs';
import { STATES } from './lib/states.mjs';
import { authorisations } from './lib/look.mjs';

const scene = stage();
const NOT_ASKED = [/status of 40[014]/];

/** Looks at pages with axe-core; `report` tells how much was looked at and found. */
function inspector(t) {
  const looked = [];
  return {
    async inspect(page, what) {
      const { passes, findings } = await inspect(page);
      looked.push({ passes, findings });
      assert.ok(passes > 10, `${what} was looked at`);
      assert.deepEqual(findings, [], what);
    },
    report() {
      const count = impact => looked.flatMap(({ findings }) => findings).filter(finding => finding.impact === impact).length;
      const rules = looked.reduce((sum, { passes }) => sum + passes, 0);
      const found = ['critical', 'serious', 'moderate', 'minor'].map(impact => `${count(impact)} ${impact}`).join(', ');
      t.diagnostic(`axe-core: ${looked.length} pages, ${rules} rules passed, ${found}`);
    },
  };
}

test('axe-core finds nothing in any state of the card page, in light and dark', async t => {
  const axe = inspector(t);
  for (const [name, reached, enter] of STATES) {
    const { page, context, expected } = await scene.buyer();
    expected.push(...NOT_ASKED);
    await enter(page, scene.shop);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await state(page, reached);
      await axe.inspect(page, `${name}, ${colorScheme}`);
    }
    await context.close();
  }
  axe.report();
});

test('axe-core finds nothing on the pages around: the shop, the simulated bank, the provider\'s dashboard', async t => {
  const axe = inspector(t);
  const { page } = await scene.buyer();
  await payWith(page, await scene.shop.order({ is3DSAuthentication: true }));
  await button(page, 'Succeed').waitFor();
  await axe.inspect(page, '3-D Secure');
  for (const address of [`${scene.shop.provider}/_sim/`, `${scene.shop.url}/`, `${scene.shop.url}/shop/return`]) {
    await page.goto(address);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await axe.inspect(page, address);
  }
  axe.report();
});

test('nothing is cut off and everything can be touched on phones 390 and 320 pixels wide', async () => {
  for (const [name, reached, enter] of STATES) {
    const { page, context, expected } = await scene.buyer(PHONE);
    expected.push(...NOT_ASKED);
    await enter(page, scene.shop);
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 700 });
      await state(page, reached);
      assert.equal(await overflow(page), 0, `${name}, ${width} pixels`);
      assert.deepEqual(await smallTargets(page), [], `${name}, ${width} pixels`);
    }
    await context.close();
  }
});

test('the page reflows at 400 percent, and long words do not widen it', async () => {
  const { page } = await scene.buyer({ viewport: { width: 320, height: 256 } });
  const goods = [{ referenceGoodsId: 'G1', goodsName: 'X'.repeat(200), goodsQuantity: '1', goodsUnitAmount: { currency: 'EUR', value: '123456789' } }];
  await open(page, await scene.shop.order({ goods, description: 'Y'.repeat(200) }));
  assert.equal(await overflow(page), 0);
});

test('a payment needs no mouse, and the focus is always seen', async () => {
  const { page } = await scene.buyer();
  const order = await scene.shop.order({ buyer: 'buyer-keys' });
  await open(page, order);
  const texts = {
    number: CARDS.visa, expiry: `12${EXPIRY_YEAR}`, code: CODE, 'first-name': 'Tom', 'last-name': 'Jay', country: 'China',
    line1: 'Wuchang road', line2: '', postcode: '310000', city: 'Hangzhou', state: 'Zhejiang', 'store-card': ' ',
  };
  for (const [id, text] of Object.entries(texts)) {
    await page.keyboard.press('Tab');
    assert.deepEqual(await focused(page), { id, seen: true });
    await page.keyboard.type(text);
  }
  assert.equal(await page.locator('#country').inputValue(), 'CN');
  assert.equal(await page.locator('#store-card').isChecked(), true);
  await page.keyboard.press('Tab');
  assert.deepEqual(await focused(page), { id: 'pay', seen: true });
  await page.keyboard.press('Enter');
  await state(page, 'paid');
  assert.equal((await focused(page)).id, 'heading');
  await page.keyboard.press('Tab');
  assert.deepEqual(await focused(page), { id: 'shop', seen: true });
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/shop\/return/);
  assert.equal(await authorisations(scene.shop, order), 1);
});

test('with a keyboard one chooses among cards, goes to the bank and decides there', async () => {
  const { page } = await scene.buyer();
  await STATES.find(([name]) => name === 'stored card')[2](page, scene.shop);
  await page.keyboard.press('Tab');
  assert.deepEqual(await focused(page), { id: 'stored-card-0', seen: true });
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await focused(page), { id: 'another-card', seen: true });
  assert.equal(await page.getByLabel('Card number').isVisible(), true);
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.getByLabel('Card number').isVisible(), false);
  await page.keyboard.press('Enter');
  await state(page, 'paid');
  await payWith(page, await scene.shop.order({ is3DSAuthentication: true }));
  await button(page, 'Succeed').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await state(page, 'paid');
});

test('mistakes are listed, told beside their fields, and lead there', async () => {
  const { page } = await scene.buyer();
  await open(page, await scene.shop.order());
  await page.getByLabel('Card number').fill('4054695723100769');
  await page.keyboard.press('Enter');
  assert.equal((await focused(page)).id, 'problems');
  const number = page.getByLabel('Card number');
  assert.equal(await number.getAttribute('aria-invalid'), 'true');
  assert.equal(await number.getAttribute('aria-describedby'), 'number-error');
  assert.equal(await page.locator('#number-error').textContent(), 'This is not a card number. Check it for a wrong digit.');
  assert.equal(await page.getByLabel('Expiry date').getAttribute('aria-describedby'), 'expiry-hint expiry-error');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.deepEqual(await focused(page), { id: 'number', seen: true });
  await number.fill(CARDS.visa);
  await page.keyboard.press('Tab');
  assert.equal(await number.getAttribute('aria-invalid'), null);
  assert.equal(await page.locator('#number-error').count(), 0);
});

test('title, heading and focus follow the state, and what is under way is announced', async () => {
  const { page } = await scene.buyer();
  await open(page, await scene.shop.order());
  assert.equal(await page.title(), 'Pay €300.00');
  assert.equal((await focused(page)).id, '', 'a fresh page leaves the focus alone');
  const said = await page.evaluateHandle(() => {
    const said = [];
    const status = document.getElementById('status');
    new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true, characterData: true, subtree: true });
    return said;
  });
  await fillCard(page, CARDS.declined);
  await payButton(page).click();
  await state(page, 'declined');
  assert.equal(await page.title(), 'Payment not approved');
  assert.equal((await focused(page)).id, 'heading');
  assert.equal(await page.locator('#heading').getAttribute('aria-describedby'), 'message');
  assert.ok((await said.jsonValue()).includes('Paying. Please stay on this page.'));
});

test('fields say what they are to browsers that fill them in', async () => {
  const { page } = await scene.buyer();
  await open(page, await scene.shop.order());
  const tokens = await page.locator('#form input[autocomplete], #form select').evaluateAll(fields => fields.map(field => `${field.id}: ${field.autocomplete}`));
  assert.deepEqual(tokens, [
    'number: cc-number', 'expiry: cc-exp', 'code: cc-csc', 'first-name: cc-given-name', 'last-name: cc-family-name', 'country: billing country',
    'line1: billing address-line1', 'line2: billing address-line2', 'postcode: billing postal-code', 'city: billing address-level2', 'state: billing address-level1',
  ]);
  for (const id of ['number', 'expiry', 'code']) assert.equal(await page.locator(`#${id}`).getAttribute('inputmode'), 'numeric');
});

test('nothing moves for those who want no movement', async () => {
  const moving = async reducedMotion => {
    const { page } = await scene.buyer({ reducedMotion });
    await page.route(/\/pay$/, () => {});
    await payWith(page, await scene.shop.order());
    await state(page, 'paying');
    return page.evaluate(() => document.getAnimations().length);
  };
  assert.equal(await moving('reduce'), 0);
  assert.equal(await moving('no-preference'), 1);
});
