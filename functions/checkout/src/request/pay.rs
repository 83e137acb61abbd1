//! What a payment is made with: the bodies of `pay` and `charge`.

use super::{field, in_field};
use crate::Problem;
use domain::StoredCardId;
use domain::card::{CardData, MpiData, TypedCard, TypedMpi};
use pop::pay_request::{Env, RecurringType, TerminalType};
use runtime::http::Request;
use serde::Deserialize;

/// The body of `POST /payments/{id}/pay`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PayBody {
    card: Option<TypedCard>,
    stored_card: Option<String>,
    #[serde(default)]
    store_card: bool,
    mpi_data: Option<TypedMpi>,
    env: Env,
    #[serde(default)]
    return_to: ReturnTo,
}

/// Where a redirect brings the buyer back to.
#[derive(Deserialize, Clone, Copy, Default, PartialEq)]
#[serde(rename_all = "lowercase")]
enum ReturnTo {
    /// The merchant's own page.
    #[default]
    Shop,
    /// Our result page.
    Checkout,
}

/// What the buyer pays with, checked.
pub(crate) enum PayWith {
    Card {
        card: Box<CardData>,
        mpi: Option<MpiData>,
        store: bool,
    },
    StoredCard(StoredCardId),
}

/// A checked body of `POST /payments/{id}/pay`.
pub(crate) struct Pay {
    pub(crate) with: PayWith,
    pub(crate) env: Env,
    pub(crate) returns_to_page: bool,
}

impl PayBody {
    pub(crate) fn check(self, request: &Request) -> Result<Pay, Problem> {
        let mpi = self.mpi_data.map(MpiData::parse).transpose();
        let mpi = mpi.map_err(in_field)?;
        let with = match (self.card, self.stored_card) {
            (Some(card), None) => PayWith::Card {
                card: Box::new(
                    CardData::parse(card)
                        .map_err(|error| Problem::new(400, "invalid_card", format!("{error}.")))?,
                ),
                mpi,
                store: self.store_card,
            },
            (None, Some(card)) if mpi.is_none() && !self.store_card => {
                PayWith::StoredCard(stored_card(card)?)
            }
            (None, Some(_)) => {
                return Err(field("storedCard", "without storeCard and mpiData"));
            }
            _ => return Err(field("card", "either card or storedCard")),
        };
        Ok(Pay {
            with,
            env: env(self.env, request)?,
            returns_to_page: self.return_to == ReturnTo::Checkout,
        })
    }
}

/// The body of `POST /payments/{id}/charge`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChargeBody {
    stored_card: String,
    recurring_type: RecurringType,
    env: Option<Env>,
}

/// A checked body of `POST /payments/{id}/charge`.
pub(crate) struct Charge {
    pub(crate) stored_card: StoredCardId,
    pub(crate) recurring_type: RecurringType,
    pub(crate) env: Env,
}

impl ChargeBody {
    pub(crate) fn check(self, request: &Request) -> Result<Charge, Problem> {
        // Nobody sits at a page: the merchant's server is where the payment comes from.
        let env = env(
            self.env.unwrap_or_else(|| Env::of(TerminalType::Web)),
            request,
        )?;
        Ok(Charge {
            stored_card: stored_card(self.stored_card)?,
            recurring_type: self.recurring_type,
            env,
        })
    }
}

fn stored_card(text: String) -> Result<StoredCardId, Problem> {
    StoredCardId::new(text).map_err(|error| field("storedCard", error))
}

/// The page's surroundings, completed by what the gateway saw.
fn env(env: Env, request: &Request) -> Result<Env, Problem> {
    let env = env.seen_from(&request.source_ip, &request.user_agent);
    env.check().map_err(|error| in_field(error.within("env")))?;
    Ok(env)
}
