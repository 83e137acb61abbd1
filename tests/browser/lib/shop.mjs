// The shop under test: all functions and the simulated provider in one program on loopback.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAM = resolve(ROOT, process.env.SHOP ?? 'target/debug/shop');
const START_LIMIT_MS = 30000;

/** Starts the shop on ports of its own and waits until it says where. */
export async function startShop() {
  const child = spawn(PROGRAM, ['--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { url, provider } = JSON.parse(await firstLine(child));
  return new Shop(child, url, provider);
}

function firstLine(child) {
  let limit;
  const line = new Promise((done, fail) => {
    limit = setTimeout(() => fail(new Error(`${PROGRAM} did not say where it listens within ${START_LIMIT_MS} ms`)), START_LIMIT_MS);
    child.once('error', error => fail(new Error(`${PROGRAM} could not be started (${error.message}); build it with: cargo build --workspace --all-features --bin shop`)));
    child.once('exit', code => fail(new Error(`${PROGRAM} ended with exit code ${code} before it listened`)));
    createInterface({ input: child.stdout }).once('line', done);
  });
  return line.finally(() => clearTimeout(limit));
}

class Shop {
  #child;

  constructor(child, url, provider) {
    this.#child = child;
    this.url = url;
    this.provider = provider;
  }

  /** Creates a payment as the merchant's server does. Answers its id and the address of the card page. */
  async order(fields = {}) {
    const answer = await fetch(`${this.url}/shop/orders`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields),
    });
    if (!answer.ok) throw new Error(`the shop refused the order with ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  /** The payment as the merchant's server sees it. */
  async payment(id) {
    return (await fetch(`${this.url}/shop/orders/${id}`)).json();
  }

  /** What the provider has in its books. */
  async books() {
    return (await fetch(`${this.provider}/_sim/books`)).json();
  }

  async stop() {
    const ended = new Promise(done => this.#child.once('exit', done));
    this.#child.kill();
    await ended;
  }
}
