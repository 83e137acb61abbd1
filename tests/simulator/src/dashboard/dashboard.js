// Keeps the page up to date with the books, and passes on what a person asks for.

import { drawCards, drawCounts, drawPayments, drawScenarios, make, notificationLine } from "./tables.js";
import { fillForm, setUpSending } from "./sending.js";

const REFRESH_MS = 3000;

const element = (id) => document.getElementById(id);

let payments = [];
let drawn = "";

function tell(text, fine = false) {
  element("news").textContent = text;
  element("news").classList.toggle("fine", fine);
}

/** Asks a control; on failure says why and gives null. */
async function ask(method, path, body) {
  try {
    const response = await fetch(path, { method, body });
    const answer = await response.json();
    if (response.ok) return answer;
    tell(answer.problem ?? `HTTP ${response.status}`);
  } catch {
    tell("The simulator does not answer. Is it still running?");
  }
  return null;
}

const act = {
  async finish(id, outcome) {
    if (await ask("POST", `/_sim/3ds/${encodeURIComponent(id)}?outcome=${outcome}`)) tell(`Challenge of ${id}: ${outcome}.`, true);
    refresh();
  },
  async notify(id) {
    element("send-payment").value = id;
    await fillForm(ask);
    element("send-title").scrollIntoView();
    element("send-kind").focus();
  },
};

function drawRows() {
  drawPayments(element("payment-rows"), payments, element("filter").value, act);
}

function draw(books) {
  element("now").textContent = books.now.replace("T", " ").slice(0, 19) + " UTC";
  element("seed").textContent = books.seed;
  drawCounts(element("totals"), books.totals);
  drawCounts(element("faults"), books.faults);
  drawCounts(element("refusals"), books.refusals);
  const byHand = books.testNotifications.toReversed().slice(0, 20).map(notificationLine);
  element("by-hand").replaceChildren(...(byHand.length ? byHand : [make("li", {}, "None yet.")]));
  // Redrawn only when something changed: a row keeps its focus.
  const state = JSON.stringify(books.payments);
  if (state === drawn) return;
  drawn = state;
  payments = books.payments;
  element("payment-ids").replaceChildren(...payments.slice(-100).map((payment) => make("option", { value: payment.paymentRequestId })));
  drawRows();
}

async function refresh() {
  const books = await ask("GET", `/_sim/books?latest=${element("latest").value}`);
  if (books) draw(books);
  showScenarios(await ask("GET", "/_sim/scenario"));
}

function showScenarios(answer) {
  if (!answer) return;
  drawScenarios(element("scenario-list"), answer.scenarios, async (call) => {
    showScenarios(await ask("DELETE", `/_sim/scenario?call=${call}`));
  });
  const codes = element("scenario-codes");
  if (!codes.children.length) codes.replaceChildren(...answer.codes.map((code) => make("option", { value: code })));
}

function setUp() {
  element("refresh").addEventListener("click", () => {
    tell("");
    refresh();
  });
  element("filter").addEventListener("input", drawRows);
  element("latest").addEventListener("change", refresh);
  for (const button of document.querySelectorAll("button[data-seconds]")) {
    button.addEventListener("click", async () => {
      const answer = await ask("POST", `/_sim/clock?advance_seconds=${button.dataset.seconds}`);
      if (answer) tell(`Turned forward by ${button.textContent}.`, true);
      refresh();
    });
  }
  element("scenario-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const order = {
      call: element("scenario-call").value,
      code: element("scenario-code").value.trim(),
      minutes: Number(element("scenario-minutes").value),
    };
    showScenarios(await ask("POST", "/_sim/scenario", JSON.stringify(order)));
  });
  setUpSending(ask, refresh);
  setInterval(() => element("pause").checked || document.hidden || refresh(), REFRESH_MS);
}

async function start() {
  setUp();
  await refresh();
  const answer = await ask("GET", "/_sim/cards");
  if (answer) drawCards(element("card-rows"), answer.cards);
}

start();
