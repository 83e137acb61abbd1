//! The default mode: everything stays up, and this is what to do with it.

use crate::stack::Stack;

/// Prints where everything is and what to call.
pub(crate) fn show(stack: &Stack<'_>) -> anyhow::Result<()> {
    let (public, key) = (stack.front.url(), stack.secrets.api_key());
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

Ctrl-C ends everything."#,
        provider = stack.provider.url(),
        emulator = stack.emulator.endpoint(),
        table = stack.outputs.table_name,
        run = run.display(),
    );
    Ok(())
}
