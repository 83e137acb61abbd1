// Takes the picture of the operations dashboard from the page that the last rehearsal drew.
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startBrowser } from './lib/browser.mjs';

const PAGE = fileURLToPath(new URL('../../.cache/rehearsal/run/dashboard.html', import.meta.url));
const PICTURE = fileURLToPath(new URL('../../docs/img/operations-dashboard.png', import.meta.url));

if (!existsSync(PAGE)) {
  console.error(`There is no ${PAGE}: run \`cargo rehearse --headless --payments 500 --faults heavy\` first.`);
  process.exit(2);
}
const browser = await startBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(pathToFileURL(PAGE).href);
  await page.screenshot({ path: PICTURE, fullPage: true });
} finally {
  await browser.close();
}
console.log(`docs/img/operations-dashboard.png  ${Math.ceil(statSync(PICTURE).size / 1024)} KiB`);
