// Draws the books. All text goes in as text, never as markup.

/** An element with children; strings become text. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") element.addEventListener("click", value);
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const PLACES = { BHD: 3, KWD: 3, OMR: 3, CLP: 0, JPY: 0, KRW: 0, VND: 0 };

function decimal(currency, value) {
  const places = PLACES[currency] ?? 2;
  return `${(value / 10 ** places).toFixed(places)} ${currency}`;
}

function sum(transfers, currency) {
  const moved = transfers.filter((transfer) => transfer.effects > 0);
  return decimal(currency, moved.reduce((total, transfer) => total + transfer.amount.value * transfer.effects, 0));
}

const TONES = { SUCCESS: "good", FAIL: "bad", CANCELLED: "bad", PROCESSING: "open", PENDING: "open" };

function state(word, code) {
  const minor = code === word ? null : make("span", { class: "minor" }, code);
  return make("div", {}, make("span", { class: `state ${TONES[word] ?? ""}` }, word), minor);
}

function time(text) {
  return text ? `${text.slice(0, 10)} ${text.slice(11, 19)}` : "";
}

function cardOf(payment) {
  const use = payment.cardUse;
  const notes = [];
  if (use.token) notes.push("stored card");
  if (use.tokenize) notes.push("to be stored");
  if (use.recurringType) notes.push(`without buyer: ${use.recurringType}`);
  if (use.ownAuthentication) notes.push("own 3-D Secure result");
  const number = payment.lastFour ? `${use.brand ?? ""} •••• ${payment.lastFour}` : "not usable";
  return [number, notes.length ? make("span", { class: "minor" }, notes.join(", ")) : null];
}

function transferLine(kind, transfer) {
  const what = `${kind} ${transfer.requestId}: ${decimal(transfer.amount.currency, transfer.amount.value)} `;
  return make("li", {}, what, make("span", { class: `state ${TONES[transfer.state]}` }, transfer.state),
    ` ${transfer.resultCode}, asked ${transfer.calls} times`);
}

/** One notification in words. */
export function notificationLine(told) {
  const sealed = told.forged ? ` forged (${told.seal})` : "";
  const fate = told.withheld ? "never sent"
    : told.sendings.length === 0 ? "not sent yet"
      : told.acknowledgedAt ? `acknowledged after ${told.timesSent}` : `sent ${told.timesSent}, not acknowledged`;
  const last = told.sendings.at(-1);
  const status = last ? ` (${last.httpStatus ?? last.error})` : "";
  return make("li", {}, `${told.kind || "?"} ${told.resultStatus}${sealed}: ${fate}${status}`);
}

function detailsOf(payment, open) {
  const lines = [
    ...payment.captures.map((transfer) => transferLine("Capture", transfer)),
    ...payment.refunds.map((transfer) => transferLine("Refund", transfer)),
    ...payment.notifications.map(notificationLine),
  ];
  const facts = `${payment.captureMode}, opened ${time(payment.createdAt)}`
    + (payment.authorisedUntil ? `, to be captured until ${time(payment.authorisedUntil)}` : "")
    + (payment.cancelledAt ? `, cancelled ${time(payment.cancelledAt)}` : "");
  const details = make("details", { "data-id": payment.paymentRequestId },
    make("summary", {}, payment.paymentRequestId),
    make("span", { class: "minor" }, `Order ${payment.orderId}`),
    make("span", { class: "minor" }, `Provider's id ${payment.paymentId}`),
    make("span", { class: "minor" }, facts), make("ul", {}, ...lines));
  details.open = open;
  return details;
}

function actionsOf(payment, act) {
  const id = payment.paymentRequestId;
  const buttons = [];
  if (payment.state === "PROCESSING" && payment.challengeUrl) {
    const page = new URL(payment.challengeUrl).pathname;
    buttons.push(
      make("a", { href: page, target: "_blank", rel: "noopener", "aria-label": `Challenge page of ${id}` }, "Page"),
      make("button", { type: "button", "aria-label": `Succeed: challenge of ${id}`, onclick: () => act.finish(id, "success") }, "Succeed"),
      make("button", { type: "button", "aria-label": `Fail: challenge of ${id}`, onclick: () => act.finish(id, "fail") }, "Fail"));
  }
  buttons.push(make("button", { type: "button", "aria-label": `Notify about ${id}`, onclick: () => act.notify(id) }, "Notify…"));
  return make("div", { class: "row" }, ...buttons);
}

function paymentRow(payment, open, act) {
  const { currency, value } = payment.amount;
  const genuine = payment.notifications.filter((told) => !told.forged);
  const acknowledged = genuine.filter((told) => told.acknowledgedAt).length;
  const forged = payment.notifications.length - genuine.length;
  const forgedNote = forged ? make("span", { class: "minor" }, `and ${forged} forged`) : null;
  return make("tr", {},
    make("td", {}, detailsOf(payment, open)),
    make("td", {}, decimal(currency, value)),
    make("td", {}, state(payment.state, payment.resultCode)),
    make("td", {}, ...cardOf(payment)),
    make("td", {}, sum(payment.captures, currency)),
    make("td", {}, sum(payment.refunds, currency)),
    make("td", {}, `${acknowledged} of ${genuine.length} acknowledged`, forgedNote),
    make("td", {}, actionsOf(payment, act)));
}

/** Draws the payments, newest first; rows that were open stay open. */
export function drawPayments(body, payments, filter, act) {
  const open = new Set([...body.querySelectorAll("details[open]")].map((element) => element.dataset.id));
  const wanted = filter.trim().toLowerCase();
  const rows = payments.toReversed()
    .filter((payment) => [payment.paymentRequestId, payment.orderId, payment.paymentId, payment.state, payment.resultCode]
      .some((text) => text.toLowerCase().includes(wanted)))
    .map((payment) => paymentRow(payment, open.has(payment.paymentRequestId), act));
  const none = make("tr", {}, make("td", { colspan: "8" }, "None yet."));
  body.replaceChildren(...(rows.length ? rows : [none]));
}

/** Draws numbers by name. */
export function drawCounts(list, counts) {
  const entries = Object.entries(counts);
  const words = (name) => (/^[A-Z_]+$/.test(name) ? name : name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
  const rows = entries.map(([name, count]) => make("div", {}, make("dt", {}, words(name)), make("dd", {}, String(count))));
  list.replaceChildren(...(rows.length ? rows : [make("div", {}, make("dt", {}, "none"), make("dd", {}, "0"))]));
}

/** Draws the test cards. */
export function drawCards(body, cards) {
  body.replaceChildren(...cards.map((card) => make("tr", {},
    make("td", {}, card.number.replace(/(.{4})(?=.)/g, "$1 ")),
    make("td", {}, card.brand), make("td", { class: "text" }, card.meaning))));
}

/** Draws the scenarios at work, if they changed: the buttons keep their focus. */
export function drawScenarios(list, scenarios, clear) {
  const state = JSON.stringify(scenarios);
  if (list.dataset.drawn === state) return;
  list.dataset.drawn = state;
  const lines = scenarios.map((scenario) => make("li", {},
    `${scenario.call} answers ${scenario.code} until ${time(scenario.until)} `,
    make("button", { type: "button", "aria-label": `End the scenario of ${scenario.call}`, onclick: () => clear(scenario.call) }, "End")));
  list.replaceChildren(...(lines.length ? lines : [make("li", {}, "None at work.")]));
}
