// Card data and tokens stay where they belong, and nothing foreign gets in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './lib/stage.mjs';
import { state } from './lib/browser.mjs';
import { CARDS, atBank, button, fillCard, heading, open, payButton, payWith } from './lib/buyer.mjs';
import { withView } from './lib/look.mjs';

const scene = stage();

/** Everything that the page keeps: texts, fields, storage, address, history, cookies. */
function kept(page) {
  return page.evaluate(() => JSON.stringify([
    document.documentElement.outerHTML, [...document.querySelectorAll('input, select')].map(field => field.value),
    { ...sessionStorage }, { ...localStorage }, document.cookie, location.href, history.state, document.referrer,
  ]));
}

test('the page comes with headers that shut everything else out', async () => {
  const { page } = await scene.buyer();
  const order = await scene.shop.order();
  for (const path of ['', '/result']) {
    const response = await page.goto(`${scene.shop.url}/checkout/${order.paymentRequestId}${path}#${order.checkoutUrl.split('#')[1]}`);
    await state(page, 'form');
    const headers = response.headers();
    const policy = headers['content-security-policy'].split(';').map(part => part.trim());
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      assert.ok(policy.includes(part), part);
    }
    assert.doesNotMatch(headers['content-security-policy'], /unsafe|\*|data:|blob:/);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
    assert.ok(headers['permissions-policy']);
  }
});

test('the card number and code are in one request body and nowhere else', async () => {
  const { page, seen } = await scene.buyer();
  const bodies = [];
  page.on('request', request => bodies.push(`${request.url()} ${request.postData() ?? ''} ${JSON.stringify(request.headers())}`));
  const order = await scene.shop.order({ is3DSAuthentication: true });
  await payWith(page, order);
  await page.waitForURL(url => url.href.startsWith(scene.shop.provider));
  const found = [await kept(page)];
  await page.goBack();
  await state(page, 'bank');
  found.push(await kept(page));
  await button(page, 'Continue at your bank').click();
  await atBank(page, 'Succeed');
  await state(page, 'paid');
  found.push(await kept(page), ...seen.urls, ...seen.console);
  const grouped = CARDS.visa.replace(/(....)(?=.)/g, '$1 ');
  for (const text of found) assert.ok(!text.includes(CARDS.visa) && !text.includes(grouped), text.slice(0, 200));
  const carriers = bodies.filter(text => text.includes(CARDS.visa));
  assert.equal(carriers.length, 1);
  assert.match(carriers[0], new RegExp(`^${scene.shop.url}/payments/${order.paymentRequestId}/pay `));
});

test('the token leaves the address at once and stays in this tab', async () => {
  const { page, context, seen } = await scene.buyer();
  const order = await scene.shop.order();
  const token = order.checkoutUrl.split('#')[1];
  await open(page, order);
  assert.equal(page.url(), `${scene.shop.url}/checkout/${order.paymentRequestId}`);
  assert.equal(await page.evaluate(id => sessionStorage.getItem(`token:${id}`), order.paymentRequestId), token);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  assert.deepEqual(await context.cookies(), []);
  assert.ok(seen.urls.every(url => !new URL(url).search.includes(token) && !new URL(url).pathname.includes(token)));
  await page.reload();
  await state(page, 'form');
});

test('without the token, with a wrong one, or for another payment, nothing is shown', async () => {
  const order = await scene.shop.order(), other = await scene.shop.order();
  const path = `${scene.shop.url}/checkout/${order.paymentRequestId}`;
  const wrong = [path, `${path}#1999999999.AAAA`, `${path}#${other.checkoutUrl.split('#')[1]}`, `${scene.shop.url}/checkout/PAY_none#1.A`, `${path}#%22%00`];
  for (const address of wrong) {
    const { page, expected } = await scene.buyer();
    expected.push(/status of 40[14]/);
    await page.goto(address);
    await state(page, 'denied');
    assert.equal(await heading(page), 'Open the payment again from the shop');
    assert.equal(await page.locator('form').isVisible(), false);
    assert.equal(await page.locator('#order').isVisible(), false);
  }
});

test('names of goods are text, whatever is in them', async () => {
  const { page } = await scene.buyer();
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  const goods = [{ referenceGoodsId: 'G1', goodsName: hostile, goodsQuantity: '1' }];
  await open(page, await scene.shop.order({ description: hostile, goods }));
  assert.equal(await page.locator('#description').textContent(), hostile);
  assert.equal(await page.locator('#goods li span').first().textContent(), hostile);
  assert.equal(await page.locator('main img, main script').count(), 0);
});

test('the buyer is sent to a bank by https only, and never to a script', async () => {
  for (const url of ['javascript:document.title="run"', 'http://bank.example/3ds', 'data:text/html,x', 'nonsense']) {
    const { page } = await scene.buyer();
    const order = await scene.shop.order();
    await withView(page, { status: 'PENDING', redirect: { method: 'GET', url, parameters: null } });
    await page.goto(order.checkoutUrl);
    await state(page, 'finding');
    assert.equal(await button(page, 'Continue at your bank').isVisible(), false);
  }
});

test('the way back to the shop is a web address or not shown', async () => {
  const { page } = await scene.buyer();
  await withView(page, { status: 'CAPTURED', returnUrl: 'javascript:document.title="run"' });
  await page.goto((await scene.shop.order()).checkoutUrl);
  await state(page, 'paid');
  assert.equal(await page.getByRole('link', { name: 'Back to the shop' }).isVisible(), false);
});

test('mistakes are found before anything is sent', async () => {
  const { page, seen } = await scene.buyer();
  await open(page, await scene.shop.order());
  const year = new Date().getFullYear();
  const cases = [
    ['Card number', '4054 6957 2310 0769', /wrong digit/], ['Card number', '4054x', /digits only/i], ['Card number', '40546957231', /12 to 19/],
    ['Expiry date', '13/30', /month and year/], ['Expiry date', `01/${String(year - 1).slice(2)}`, /expired/], ['Expiry date', '12/99', /year/],
    ['Security code', '12', /3 digits/], ['Security code', '12a', /3 digits/], ['First name on the card', ' ', /first name/], ['City', '', /city/],
  ];
  for (const [label, text, mistake] of cases) {
    await fillCard(page);
    await page.getByLabel(label).fill(text);
    await payButton(page).click();
    const field = page.getByLabel(label);
    assert.equal(await field.getAttribute('aria-invalid'), 'true', `${label} ${text}`);
    assert.match(await page.locator('#problem-list').textContent(), mistake);
    assert.equal(await page.locator('#problem-list li').count(), 1);
  }
  assert.deepEqual(seen.pays, []);
});

test('numbers and dates are taken as people write them', async () => {
  const year = new Date().getFullYear() + 2, short = String(year).slice(2);
  for (const [number, expiry, code] of [
    ['4054 6957 2310 0768', `8/${short}`, '123'], ['4054-6957-2310-0768', `08/${year}`, '1234'], ['378282246310005', `08${short}`, '1234'],
  ]) {
    const { page, seen } = await scene.buyer();
    await open(page, await scene.shop.order());
    await fillCard(page, number);
    await page.getByLabel('Expiry date').fill(expiry);
    await page.getByLabel('Security code').fill(code);
    await page.getByLabel('City').focus();
    assert.equal(await page.getByLabel('Expiry date').inputValue(), `08/${short}`);
    await payButton(page).click();
    await state(page, 'paid', 'declined');
    const { card } = seen.pays[0];
    assert.deepEqual([card.cardNo, card.expiryMonth, card.expiryYear, card.cvv], [number.replace(/\D/g, ''), '08', short, code]);
  }
});

test('an American Express card needs four digits, an address in the USA its codes', async () => {
  const { page } = await scene.buyer();
  await open(page, await scene.shop.order());
  await fillCard(page, '378282246310005');
  await page.getByLabel('Country or region').selectOption('US');
  await page.getByLabel('Postal code').fill('');
  await page.getByLabel('State or province').fill('New York');
  await payButton(page).click();
  const found = await page.locator('#problem-list li').allTextContents();
  assert.deepEqual(found, [
    'The security code has 4 digits.', 'Enter the postal code.', 'Enter the short code of the state or province, for example CA.',
  ]);
});

test('without scripts the page says what is needed', async () => {
  const { page } = await scene.buyer({ javaScriptEnabled: false });
  await page.goto((await scene.shop.order()).checkoutUrl);
  assert.match(await page.locator('noscript').textContent(), /JavaScript/);
  assert.equal(await page.locator('form').isVisible(), false);
});

test('when the payment cannot be looked up, the page says so and looks again when asked', async () => {
  const { page, context, expected } = await scene.buyer();
  expected.push(/ERR_FAILED/);
  await context.clock.install();
  await page.route(/\/payments\//, route => route.abort());
  await page.goto((await scene.shop.order()).checkoutUrl);
  await state(page, 'loading');
  while (await page.locator('body').getAttribute('data-state') !== 'offline') await context.clock.runFor(2000);
  assert.equal(await heading(page), 'No connection');
  await page.unroute(/\/payments\//);
  await button(page, 'Look again').click();
  await state(page, 'form');
});
