//! The floor: what a function that makes the same calls as ours would take if it were written for nothing but speed. No
//! AWS SDK, one fixed job, hand-made requests over connections that are opened once. It keeps none of our promises: it
//! decides nothing, checks no amount, and tries nothing again. It exists to be measured against.
//!
//! `FLOOR_JOB` names the job: `notify`, `notify-manual`, `notify-duplicate`, `capture`, `sweep`, `checkout`.

mod aws;
mod jobs;
mod provider;
mod rows;
mod verify;

use anyhow::{Context, Result, anyhow};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use std::rc::Rc;

fn setting(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let job = setting("FLOOR_JOB")?;
    let floor = Rc::new(jobs::Floor::start(&job).await?);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let floor = Rc::clone(&floor);
        let job = job.clone();
        async move {
            let event = event.payload;
            let answer = match job.as_str() {
                "notify" => floor.notify(&event, false).await,
                "notify-manual" => floor.notify(&event, true).await,
                "notify-duplicate" => floor.again(&event).await,
                "capture" => floor.capture(&event).await,
                "sweep" => floor.sweep().await,
                "checkout" => floor.checkout(&event).await,
                other => Err(anyhow!("there is no job {other}")),
            };
            answer.map_err(|error| lambda_runtime::Error::from(format!("{error:#}")))
        }
    }))
    .await
}
