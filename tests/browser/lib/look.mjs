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
