// Takes the pictures of docs/img from the running shop: each page on a phone and on a desk.
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startShop } from './lib/shop.mjs';
import { assertClean, newBuyer, startBrowser, state } from './lib/browser.mjs';
import { CARDS, button, fillCard, open, payWith } from './lib/buyer.mjs';
import { STATES } from './lib/states.mjs';

const FOLDER = fileURLToPath(new URL('../../docs/img/', import.meta.url));
const LARGEST_BYTES = 150 * 1024;
const SCREENS = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1024, height: 768 } },
};
const into = name => STATES.find(([known]) => known === name)[2];

const PICTURES = {
  form: async (page, shop) => {
    await open(page, await shop.order({ buyer: 'buyer-1' }));
    await fillCard(page);
    await page.getByLabel('City').blur();
  },
  'stored-card': into('stored card'),
  '3ds': async (page, shop) => {
    await payWith(page, await shop.order({ is3DSAuthentication: true }));
    await button(page, 'Succeed').waitFor();
  },
  paid: async (page, shop) => {
    await payWith(page, await shop.order());
    await state(page, 'paid');
  },
  declined: async (page, shop) => {
    await payWith(page, await shop.order(), CARDS.declined);
    await state(page, 'declined');
  },
  dashboard: async (page, shop) => {
    await page.goto(`${shop.provider}/_sim/`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  },
};

const shop = await startShop();
const browser = await startBrowser();
mkdirSync(FOLDER, { recursive: true });
try {
  for (const [name, enter] of Object.entries(PICTURES)) {
    for (const [screen, options] of Object.entries(SCREENS)) await take(name, screen, options, enter);
  }
} finally {
  await browser.close();
  await shop.stop();
}

/** From the top to where the content ends; of a page that is much longer than a form, what fits into the window. */
async function extent(page, { width, height }) {
  const content = await page.evaluate(() => Math.ceil(document.querySelector('main').getBoundingClientRect().bottom + scrollY) + 16);
  return { x: 0, y: 0, width, height: content > 3 * height ? height : content };
}

async function take(name, screen, options, enter) {
  const buyer = await newBuyer(browser, shop, { ...options, colorScheme: 'light' });
  await enter(buyer.page, shop);
  await buyer.page.evaluate(() => document.activeElement.blur());
  const path = `${FOLDER}${name}-${screen}.png`;
  await buyer.page.screenshot({ path, fullPage: true, clip: await extent(buyer.page, options.viewport) });
  await buyer.context.close();
  assertClean(buyer);
  const { size } = statSync(path);
  console.log(`docs/img/${name}-${screen}.png  ${Math.ceil(size / 1024)} KiB`);
  if (size > LARGEST_BYTES) throw new Error(`${path} is larger than ${LARGEST_BYTES} bytes`);
}
