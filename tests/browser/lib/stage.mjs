// What each file of tests begins with: one shop, one browser, and a fresh buyer for each test.
import { after, afterEach, before } from 'node:test';
import { startShop } from './shop.mjs';
import { assertClean, newBuyer, startBrowser } from './browser.mjs';

/** Starts shop and browser before the first test of a file and ends them after the last. */
export function stage() {
  const stage = { shop: null, browser: null, buyers: [], buyer };
  before(async () => {
    stage.shop = await startShop();
    stage.browser = await startBrowser();
  });
  // Whatever a test was about: nothing was blocked, nothing failed, nobody else was asked.
  afterEach(async () => {
    const buyers = stage.buyers.splice(0);
    await Promise.all(buyers.map(({ context }) => context.close()));
    for (const buyer of buyers) assertClean(buyer);
  });
  after(async () => {
    await stage.browser?.close();
    await stage.shop?.stop();
  });

  async function buyer(options) {
    const buyer = await newBuyer(stage.browser, stage.shop, options);
    stage.buyers.push(buyer);
    return buyer;
  }
  return stage;
}
