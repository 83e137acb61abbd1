//! Sends a flood, and what is not acknowledged again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;
use tokio::task::JoinSet;

use super::messages::{Kind, Message};
use crate::steps::{Progress, round};

/// Longer than the provider waits for an acknowledgement.
const PATIENCE: Duration = Duration::from_secs(15);
/// Rounds in which what was not acknowledged is sent again.
const RESENDS: usize = 5;
/// Before each of them.
const PAUSE: Duration = Duration::from_secs(2);

/// One answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    /// Place of the message in the flood.
    pub(crate) message: usize,
    /// HTTP status; 0 for none.
    pub(crate) status: u16,
    /// A right acknowledgement.
    pub(crate) acknowledged: bool,
    pub(crate) took_ms: f64,
    /// Since the flood began.
    pub(crate) at: Duration,
}

/// All answers, in the order in which they came.
pub(crate) struct Sent {
    /// Those to the flood itself.
    pub(crate) answers: Vec<Answer>,
    /// Those to what was sent again.
    pub(crate) later: Vec<Answer>,
    pub(crate) resent: u64,
}

impl Sent {
    /// Answers by HTTP status.
    pub(crate) fn by_status(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for answer in self.answers.iter().chain(&self.later) {
            let status = match answer.status {
                0 => "none".to_owned(),
                status => status.to_string(),
            };
            *counts.entry(status).or_default() += 1;
        }
        counts
    }

    /// How fast answers came in each quarter of them.
    pub(crate) fn per_second_by_quarter(&self) -> [f64; 4] {
        let mut speeds = [0.0; 4];
        let quarter = self.answers.len().div_ceil(4).max(1);
        let mut before = Duration::ZERO;
        for (speed, answers) in speeds.iter_mut().zip(self.answers.chunks(quarter)) {
            let end = answers.last().map_or(before, |answer| answer.at);
            let seconds = end.saturating_sub(before).as_secs_f64().max(0.001);
            *speed = round(answers.len() as f64 / seconds);
            before = end;
        }
        speeds
    }

    /// Whether this message, or what was sent again of it, was acknowledged.
    pub(crate) fn acknowledged(&self, messages: usize) -> Vec<bool> {
        let mut acknowledged = vec![false; messages];
        for answer in self.answers.iter().chain(&self.later) {
            if let Some(mark) = acknowledged.get_mut(answer.message) {
                *mark |= answer.acknowledged;
            }
        }
        acknowledged
    }
}

/// An HTTP client that leaves proxies alone.
pub(crate) fn client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .context("no HTTP client")
}

/// Sends all messages to the stack at `url`, `at_once` at the same time.
pub(crate) async fn send(
    url: &str,
    messages: &Arc<Vec<Message>>,
    at_once: usize,
    progress: &Progress,
) -> anyhow::Result<Sent> {
    let started = Instant::now();
    let all: Vec<usize> = (0..messages.len()).collect();
    let answers = round_of(url, messages, all, at_once, started, progress).await?;
    let mut sent = Sent {
        answers,
        later: Vec::new(),
        resent: 0,
    };
    for _ in 0..RESENDS {
        let acknowledged = sent.acknowledged(messages.len());
        let open = messages.iter().zip(acknowledged).enumerate();
        let open: Vec<usize> = open
            .filter(|(_, (message, done))| message.kind != Kind::Forged && !done)
            .map(|(place, _)| place)
            .collect();
        if open.is_empty() {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        sent.resent += open.len() as u64;
        let again = round_of(url, messages, open, at_once, started, progress).await?;
        sent.later.extend(again);
    }
    Ok(sent)
}

async fn round_of(
    url: &str,
    messages: &Arc<Vec<Message>>,
    places: Vec<usize>,
    at_once: usize,
    started: Instant,
    progress: &Progress,
) -> anyhow::Result<Vec<Answer>> {
    progress.of(places.len() as u64);
    let http = client()?;
    let (next, places) = (Arc::new(AtomicUsize::new(0)), Arc::new(places));
    let mut senders = JoinSet::new();
    for _ in 0..at_once {
        let (http, next, places) = (http.clone(), next.clone(), places.clone());
        let (messages, url) = (messages.clone(), format!("{url}/notify"));
        let progress = progress.clone();
        senders.spawn(async move {
            let mut answers = Vec::new();
            while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                let Some(message) = messages.get(*place) else {
                    continue;
                };
                let asked = Instant::now();
                let (status, acknowledged) = ask(&http, &url, message).await;
                answers.push(Answer {
                    message: *place,
                    status,
                    acknowledged,
                    took_ms: asked.elapsed().as_secs_f64() * 1000.0,
                    at: started.elapsed(),
                });
                progress.at(next.load(Ordering::Relaxed) as u64, "notifications");
            }
            answers
        });
    }
    let mut answers = Vec::new();
    while let Some(of_sender) = senders.join_next().await {
        answers.extend(of_sender.context("a sender's task failed")?);
    }
    answers.sort_by_key(|answer| answer.at);
    Ok(answers)
}

async fn ask(http: &reqwest::Client, url: &str, message: &Message) -> (u16, bool) {
    let mut request = http
        .post(url)
        .header("content-type", "application/json; charset=UTF-8")
        .header("client-id", message.client_id)
        .header("request-time", &message.time)
        .body(message.body.clone());
    if let Some(signature) = &message.signature {
        request = request.header("signature", signature);
    }
    let Ok(response) = request.send().await else {
        return (0, false);
    };
    let status = response.status().as_u16();
    let body = response.text().await.unwrap_or_default();
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let result = &body["result"];
    let acknowledged =
        status == 200 && result["resultCode"] == "SUCCESS" && result["resultStatus"] == "S";
    (status, acknowledged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_are_measured_each_for_itself() {
        let answer = |at_ms| Answer {
            message: 0,
            status: 200,
            acknowledged: true,
            took_ms: 1.0,
            at: Duration::from_millis(at_ms),
        };
        let sent = Sent {
            answers: [100, 200, 300, 400, 500, 600, 1600, 2600]
                .map(answer)
                .to_vec(),
            later: vec![answer(9)],
            resent: 1,
        };
        assert_eq!(sent.per_second_by_quarter(), [10.0, 10.0, 10.0, 1.0]);
        assert_eq!(sent.by_status(), BTreeMap::from([("200".to_owned(), 9)]));
        assert_eq!(sent.acknowledged(2), [true, false]);
    }
}
