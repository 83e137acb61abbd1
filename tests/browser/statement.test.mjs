// The page of `popctl reconcile --html`: everybody can read it, and it is nothing but a page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DESKTOP, PHONE, startBrowser } from './lib/browser.mjs';
import { inspect, overflow } from './lib/access.mjs';

// As the tests of popctl hold it: discrepancies of many kinds, trails, batches, files.
const STATEMENT = pathToFileURL(fileURLToPath(new URL('../../popctl/tests/commands/golden/reconcile.html', import.meta.url))).href;

let browser;
before(async () => { browser = await startBrowser(); });
after(async () => { await browser?.close(); });

/** The statement in a fresh window; what it asks for and complains about is on record. */
async function statement(options) {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const seen = { requests: [], complaints: [] };
  context.on('request', request => seen.requests.push(request.url()));
  context.on('console', message => seen.complaints.push(message.text()));
  const page = await context.newPage();
  await page.goto(STATEMENT);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return { context, page, seen };
}

test('axe-core finds nothing, in light and dark, on a desk and on a phone', async t => {
  let rules = 0;
  for (const [screen, options] of [['desk', DESKTOP], ['phone', PHONE]]) {
    const { context, page } = await statement(options);
    for (const details of await page.locator('details').all()) await details.evaluate(element => { element.open = true; });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      const { passes, findings } = await inspect(page);
      assert.deepEqual(findings, [], `${screen}, ${colorScheme}`);
      assert.ok(passes > 10, 'it was looked at');
      rules += passes;
    }
    await context.close();
  }
  t.diagnostic(`axe-core: 4 pages, ${rules} rules passed`);
});

test('nothing is cut off on phones 390 and 320 pixels wide', async () => {
  const { context, page } = await statement(PHONE);
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 700 });
    assert.equal(await overflow(page), 0, `${width} pixels`);
  }
  await context.close();
});

test('it loads nothing and runs nothing', async () => {
  const { context, page, seen } = await statement(DESKTOP);
  assert.deepEqual(seen.requests, [STATEMENT]);
  assert.deepEqual(seen.complaints, []);
  assert.equal(await page.evaluate(() => document.scripts.length), 0);
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
  assert.equal(policy, "default-src 'none'; style-src 'unsafe-inline'");
  await context.close();
});

test('the overview leads to what was found, and what POP signed opens by keyboard', async () => {
  const { context, page } = await statement(DESKTOP);
  await page.getByRole('link', { name: 'amount differs' }).click();
  assert.ok(page.url().endsWith('#amount_differs'));
  const signed = page.locator('#amount_differs details').first();
  await signed.locator('summary').focus();
  await page.keyboard.press('Enter');
  assert.ok(await signed.locator('li').first().isVisible());
  await context.close();
});
