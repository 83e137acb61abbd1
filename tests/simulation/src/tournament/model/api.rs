//! The HTTP API: create, pay, look, capture.

use super::super::plan::part;
use super::super::policy::{Polling, Silence};
use super::super::shop::{Ask, Seen};
use super::row::{Row, Status};
use super::{Down, Model, Put};
use crate::backend::NOTIFY_URL;
use crate::engine::now;
use crate::simulation::people::{create_body, pay_body};
use crate::simulation::{Mode, Order};
use domain::card::{CardData, TypedCard};
use domain::message::{Answer, PayReport, ResultStatus};
use domain::order::OrderDetails;
use domain::{CaptureMode, Currency, Money, Seconds};
use pop::pay_request::{Env, PayMethod, PayRequest};
use pop::provider::Provider;

impl Model {
    pub(super) async fn answer(&self, order: &Order, ask: Ask) -> Result<Seen, Down> {
        match ask {
            Ask::Create => self.create(order).await,
            Ask::Pay => self.pay(order).await,
            Ask::Look => self.look(order).await,
            Ask::Capture(minor) => {
                let plan = |row: &mut Row| row.plan_capture(minor, now());
                let row = self.advance(&order.id, plan).await?;
                row.map(|row| seen(&row)).ok_or(Down)
            }
        }
    }

    async fn create(&self, order: &Order) -> Result<Seen, Down> {
        if let Some(row) = self.table.load(&order.id).await? {
            return Ok(seen(&row));
        }
        let (is_automatic, on_request) = (order.mode == Mode::Automatic, part(order).is_some());
        let expires_at = now() + Seconds(order.expires_in);
        let row = Row::new(&order.id, order.minor, is_automatic, on_request, expires_at);
        let made = self.store(row).await?;
        made.map(|row| seen(&row)).ok_or(Down)
    }

    async fn pay(&self, order: &Order) -> Result<Seen, Down> {
        let mut row = self.table.load(&order.id).await?.ok_or(Down)?;
        if row.status != Status::Created || now() >= row.expires_at {
            return Ok(seen(&row));
        }
        row.pay_begins(now());
        row.plan(now(), self.policy.polling);
        let Put::Done(row) = self.table.put(row).await? else {
            return Err(Down);
        };
        let answer = self.call_pay(order, &row).await;
        let silence = self.policy.silence;
        let paid = self.advance(&order.id, |row| {
            let Answer::Verified(outcome, report) = &answer else {
                if silence == Silence::Failure {
                    row.failed(now());
                }
                return;
            };
            row.learn(report.facts.payment_id.as_ref());
            match outcome.status {
                ResultStatus::Success => row.authorized(now()),
                ResultStatus::Failure => row.failed(now()),
                ResultStatus::Unknown | ResultStatus::Other => {}
            }
        });
        paid.await?.map(|row| seen(&row)).ok_or(Down)
    }

    /// Calls pay, and once more with the very same request if that brought no result.
    async fn call_pay(&self, order: &Order, row: &Row) -> Answer<PayReport> {
        let (number, body) = (
            order.card.expect("an order that is paid"),
            create_body(order, &row.id),
        );
        let details: OrderDetails = serde_json::from_value(body).expect("the plan's order");
        let typed = pay_body(number, false);
        let card: TypedCard = serde_json::from_value(typed["card"].clone()).expect("a card");
        let env: Env = serde_json::from_value(typed["env"].clone()).expect("an env");
        let card = CardData::parse(card).expect("a test card");
        let id = row.request_id();
        let request = PayRequest {
            payment_request_id: &id,
            amount: Money::new(row.minor, Currency::new("EUR").expect("a currency"))
                .expect("an amount of the plan"),
            order: &details,
            capture_mode: match row.is_automatic {
                true => CaptureMode::Automatic,
                false => CaptureMode::Manual,
            },
            expires_at: row.expires_at,
            notify_url: NOTIFY_URL,
            return_url: &details.redirect_url,
            method: PayMethod::Card {
                card: &card,
                store: false,
                mpi: None,
            },
            env: env.seen_from("203.0.113.7", "simulated/1.0"),
        };
        let first = self.provider.pay(&request).await.answer;
        let is_result = match &first {
            Answer::Verified(outcome, _) if outcome.status == ResultStatus::Unknown => {
                outcome.code == "PAYMENT_IN_PROCESS"
            }
            Answer::Verified(..) => true,
            Answer::None(_) => false,
        };
        match is_result {
            true => first,
            false => self.provider.pay(&request).await.answer,
        }
    }

    /// Asks the provider first while the payment is not decided, unless that is not the policy.
    async fn look(&self, order: &Order) -> Result<Seen, Down> {
        let mut row = self.table.load(&order.id).await?.ok_or(Down)?;
        if row.status == Status::Pending && self.policy.polling != Polling::None {
            self.inquire(&row, false).await?;
            row = self.table.load(&order.id).await?.ok_or(Down)?;
        }
        Ok(seen(&row))
    }
}

fn seen(row: &Row) -> Seen {
    match row.status {
        Status::Created | Status::Pending => Seen::Open,
        Status::Authorized => Seen::Authorized,
        Status::Captured | Status::CaptureFailed | Status::Failed => Seen::Over,
    }
}
