// A headless browser whose every page is watched: what a page must never do fails the test that it did it in.
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const LIMIT_MS = 15000;

export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
export const DESKTOP = { viewport: { width: 1024, height: 768 } };

export async function startBrowser() {
  // The sandbox of Chromium needs privileges that test machines seldom give; only pages of this project are opened.
  return chromium.launch({ executablePath: program(), args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** Chromium's program: `CHROMIUM`, or the first one of `PATH`. */
function program() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const places = (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, 'chromium'));
  const found = places.find(isProgram);
  if (!found) throw new Error('There is no chromium in PATH: install it (Debian: apt-get install chromium), or name its program in CHROMIUM.');
  return found;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * A fresh browser profile for one buyer. What its pages do is on record in `seen`; console errors that belong to a case are named by
 * patterns in `expected`.
 */
export async function newBuyer(browser, shop, options = DESKTOP) {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(LIMIT_MS);
  const seen = { violations: [], errors: [], console: [], foreign: [], urls: [], pays: [] };
  const own = [new URL(shop.url).origin, new URL(shop.provider).origin];
  await context.exposeBinding('reportViolation', (_, text) => seen.violations.push(text));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', event => {
      globalThis.reportViolation(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  context.on('console', message => {
    seen.console.push(message.text());
    // Browsers look for an icon on every host by themselves; there is none.
    const icon = message.location().url.endsWith('/favicon.ico');
    if (['error', 'warning'].includes(message.type()) && !icon) seen.errors.push(message.text());
  });
  context.on('weberror', error => seen.errors.push(String(error.error())));
  context.on('request', request => {
    seen.urls.push(request.url());
    if (request.method() === 'POST' && request.url().endsWith('/pay')) seen.pays.push(request.postDataJSON());
    if (!own.includes(new URL(request.url()).origin)) seen.foreign.push(request.url());
  });
  const page = await context.newPage();
  return { context, page, seen, expected: [] };
}

/** Nothing was blocked, nothing failed, and nobody else was asked. */
export function assertClean({ seen, expected }) {
  const errors = seen.errors.filter(error => !expected.some(pattern => pattern.test(error)));
  assert.deepEqual(seen.violations, [], 'violations of the content security policy');
  assert.deepEqual(errors, [], 'errors on the console');
  assert.deepEqual(seen.foreign, [], 'requests to other origins');
}

/** Waits until the card page has reached one of these states. */
export function state(page, ...names) {
  return page.waitForSelector(names.map(name => `body[data-state="${name}"]`).join(', '));
}
