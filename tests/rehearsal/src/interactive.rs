//! The default mode: everything stays up, and this is what to do with it.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::emulator::{ACCESS_KEY, REGION};
use crate::provider::CLIENT_ID;
use crate::secrets::{API_KEYS, CLIENT_TOKEN_KEY, PRIVATE_KEY};
use crate::stack::Stack;

/// Prints where everything is and what to call.
pub(crate) fn show(stack: &Stack<'_>) -> anyhow::Result<()> {
    let (public, key) = (stack.front.url(), stack.secrets.api_key());
    let local = write_local_settings(stack)?;
    let run = stack.workspace.run();
    println!(
        r#"
The stack is up.
  public URL        {public}
  provider (POP)    {provider}      books: {provider}/_sim/books
  AWS emulator      {emulator}      table {table}
  merchant API key  {key}
  logs              {run}

Create a payment and keep the token for the page:
  TOKEN=$(curl -s {public}/payments -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{{
    "paymentRequestId": "PAY_1", "orderId": "ORDER_1", "amount": {{ "currency": "EUR", "value": "30000" }},
    "captureMode": "MANUAL", "description": "Two books", "redirectUrl": "https://shop.example/return" }}' |
    sed 's/.*"clientToken": *"\([^"]*\)".*/\1/')

Pay it with a test card (4054695723100768 is approved, 4054692760174822 declined):
  curl -s {public}/payments/PAY_1/pay -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{{
    "card": {{ "cardNo": "4054695723100768", "cvv": "123", "expiryMonth": "12", "expiryYear": "39",
      "cardholderName": {{ "firstName": "Ada", "lastName": "Byron" }} }},
    "env": {{ "terminalType": "WEB", "deviceId": "d1", "deviceLanguage": "en_US", "colorDepth": 24, "screenHeight": 900,
      "screenWidth": 1440, "timeZoneOffset": -60, "browserInfo": {{ "acceptHeader": "*/*", "javaEnabled": false,
      "javaScriptEnabled": true, "language": "en-US" }} }} }}'

Look at it; a moment later it is captured:
  curl -s {public}/payments/PAY_1 -H 'Authorization: Bearer {key}'

With "is3DSAuthentication": true in the first call, pay answers with a redirect: open its URL in a browser.

One function by itself, with a sample event (the README has more; needs cargo-lambda):
  cargo lambda watch -A 127.0.0.1 --env-file {local}
  cargo lambda invoke -A 127.0.0.1 notify --data-file events/notify-payment-success.json

Ctrl-C ends everything."#,
        provider = stack.provider.url(),
        emulator = stack.emulator.endpoint(),
        table = stack.outputs.table_name,
        run = run.display(),
        local = local.display(),
    );
    Ok(())
}

/// Writes the functions' settings for this stack to a file that cargo-lambda reads; the path is relative to the project.
fn write_local_settings(stack: &Stack<'_>) -> anyhow::Result<PathBuf> {
    let (outputs, emulator) = (&stack.outputs, stack.emulator.endpoint());
    let notify_url = format!("{}/notify", stack.front.url());
    let public_keys = stack.secrets.pop_public_keys();
    let settings: [(&str, &str); 18] = [
        ("AWS_ENDPOINT_URL", &emulator),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", ACCESS_KEY),
        ("TABLE_NAME", &outputs.table_name),
        ("CAPTURE_QUEUE_URL", &outputs.capture_queue_url),
        ("ORDER_EVENTS_QUEUE_URL", &outputs.order_events_queue_url),
        ("POP_CLIENT_ID", CLIENT_ID),
        ("POP_PUBLIC_KEYS", &public_keys),
        ("POP_NOTIFY_PATH", "/notify"),
        ("POP_BASE_URL", stack.provider.url()),
        ("POP_KEY_VERSION", "1"),
        ("POP_PRIVATE_KEY_SECRET", PRIVATE_KEY),
        ("CHECKOUT_API_KEYS_SECRET", API_KEYS),
        ("CLIENT_TOKEN_KEY_SECRET", CLIENT_TOKEN_KEY),
        ("NOTIFY_URL", &notify_url),
        ("CAPTURE_ON", "authorized"),
        ("SWEEP_SHARDS", "4"),
    ];
    let lines = settings.map(|(name, value)| format!("{name}=\"{value}\"\n"));
    let path = PathBuf::from(".cache/rehearsal/local.env");
    std::fs::write(stack.workspace.project().join(&path), lines.concat())
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
