// Sends a notification by hand and shows the merchant's answer.

import { make } from "./tables.js";

const element = (id) => document.getElementById(id);

let samples = [];

/** Fills the form with bodies about the chosen payment. */
export async function fillForm(ask) {
  const payment = element("send-payment").value.trim();
  const found = await ask("GET", `/_sim/samples?payment=${encodeURIComponent(payment)}`);
  if (!found) return;
  const kind = element("send-kind");
  const chosen = kind.value;
  samples = found.samples;
  kind.replaceChildren(...samples.map((sample) => make("option", { value: sample.kind }, `${sample.kind}: ${sample.title}`)));
  if (samples.some((sample) => sample.kind === chosen)) kind.value = chosen;
  if (found.url) element("send-url").value = found.url;
  fillBody();
}

function fillBody() {
  const sample = samples.find((candidate) => candidate.kind === element("send-kind").value);
  if (sample) element("send-body").value = JSON.stringify(sample.body, null, 2);
}

/** The body as one would send it: compact when it is JSON, as it stands when it is not. */
function bodyToSend() {
  const text = element("send-body").value;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

function show(answer) {
  const judged = answer.acknowledged ? "acknowledged" : "not acknowledged";
  const status = answer.httpStatus === null ? `no answer: ${answer.error}` : `HTTP ${answer.httpStatus}`;
  element("send-answer").replaceChildren(
    make("p", {}, make("span", { class: `state ${answer.acknowledged ? "good" : "bad"}` }, judged), ` ${status}`),
    make("pre", {}, answer.body || "(empty body)"));
}

/** Makes the form work. */
export function setUpSending(ask, refresh) {
  element("send-payment").addEventListener("change", () => fillForm(ask));
  element("send-kind").addEventListener("change", fillBody);
  element("send-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const parameters = new URLSearchParams({ wait: "true", seal: element("send-seal").value, url: element("send-url").value });
    // Percent signs for blanks: what reads the query does not take a plus for one.
    const query = parameters.toString().replaceAll("+", "%20");
    const answer = await ask("POST", `/_sim/notify?${query}`, bodyToSend());
    if (answer) show(answer);
    refresh();
  });
  fillForm(ask);
}
