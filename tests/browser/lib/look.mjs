// Looking at what happened, and at how the page takes what the server might say.

/** How often the provider authorised money for an order, over all its attempts. */
export async function authorisations(shop, order) {
  const { payments } = await shop.books();
  const first = payments.find(payment => payment.paymentRequestId === order.paymentRequestId);
  const attempts = payments.filter(payment => payment.orderId === first?.orderId);
  return attempts.reduce((sum, payment) => sum + payment.authorisations, 0);
}

/** The provider's record of one attempt. */
export async function record(shop, id) {
  return (await shop.books()).payments.find(payment => payment.paymentRequestId === id);
}

/** Waits until the merchant's server sees a payment in this status. */
export async function settled(shop, order, status) {
  const limit = Date.now() + 15000;
  for (;;) {
    const seen = await shop.payment(order.paymentRequestId);
    if (seen.status === status) return;
    if (Date.now() > limit) throw new Error(`payment ${order.paymentRequestId} is ${seen.status}, not ${status}`);
    await new Promise(done => setTimeout(done, 50));
  }
}

/** Changes what the server says of a payment, where a test cannot bring the payment itself into that state. */
export async function withView(page, changes) {
  await page.route(/\/payments\/[^/]+$/, async route => {
    const response = await route.fetch();
    const view = await response.json();
    await route.fulfill({ response, json: { ...view, ...(typeof changes === 'function' ? changes(view) : changes) } });
  });
}

/** A door that a test holds closed: `wait()` ends when `open()` was called. */
export function door() {
  let open;
  const opened = new Promise(done => { open = done; });
  return { open, wait: () => opened };
}
