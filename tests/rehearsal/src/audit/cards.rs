//! Stored cards: there exactly where the buyer agreed, until they are forgotten.

use domain::{SaveCard, Status};
use simulator::PaymentState;

use super::case::Case;
use super::{Finding, Kind};
use crate::records::Table;
use crate::scenario::{Plan, Reply, Visit, What};

/// What is wrong with the card of one payment.
pub(super) fn check(case: &Case<'_>, table: &Table, visits: &[Visit]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !case.plan.consent && case.book.is_some_and(|book| book.card_use.tokenize) {
        let words = "the provider was asked to store the card";
        findings.push(Finding::new(case.id, Kind::CardStoredWithoutConsent, words));
    }
    let asked = case
        .book
        .is_some_and(|book| book.card_use.tokenize && book.state == PaymentState::Success);
    let row = case.payment().filter(|row| row.status == Status::Captured);
    if let Some(row) = row.filter(|_| asked && case.plan.consent)
        && let Some(words) = missing(case, row, table, visits)
    {
        findings.push(Finding::new(case.id, Kind::CardNotStored, words));
    }
    findings
}

fn missing(
    case: &Case<'_>,
    row: &domain::Payment,
    table: &Table,
    visits: &[Visit],
) -> Option<String> {
    let SaveCard::Saved(card) = &row.save_card else {
        return Some(format!("the card is {:?}", row.save_card));
    };
    let there = table
        .cards
        .iter()
        .any(|stored| stored.buyer == case.plan.buyer && stored.id == card.as_str());
    (!there && !is_forgotten(visits, card.as_str()))
        .then(|| "the row names a card that the table does not have".to_owned())
}

/// What is wrong with the stored cards of the table.
pub(super) fn check_stored(table: &Table, plans: &[Plan], visits: &[Visit]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for card in &table.cards {
        let mut agreed = plans
            .iter()
            .filter(|plan| plan.consent && plan.buyer == card.buyer);
        let words = if !agreed.any(|plan| card.saved_by.starts_with(&plan.id)) {
            format!(
                "{} is stored for {}, who did not agree",
                card.id, card.buyer
            )
        } else if is_forgotten(visits, &card.id) {
            format!("{} was forgotten and is still there", card.id)
        } else {
            continue;
        };
        findings.push(Finding::new(
            &card.saved_by,
            Kind::CardStoredWithoutConsent,
            words,
        ));
    }
    findings
}

fn is_forgotten(visits: &[Visit], wanted: &str) -> bool {
    let mut asks = visits.iter().flat_map(|visit| &visit.asks);
    asks.any(|ask| match &ask.what {
        What::Forget { card } => card == wanted && matches!(ask.reply, Reply::Done(_)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::{Scene, book, capture, captured_row};
    use crate::records::CardItem;
    use domain::StoredCardId;

    fn item() -> CardItem {
        CardItem {
            buyer: "B1".to_owned(),
            id: "card_1".to_owned(),
            saved_by: "P1".to_owned(),
            token: "ALIPAYtoken".to_owned(),
        }
    }

    fn table(cards: Vec<CardItem>) -> Table {
        Table {
            cards,
            ..Table::default()
        }
    }

    fn agreed() -> Scene {
        let mut books = book(PaymentState::Success, vec![capture(1)]);
        books.card_use.tokenize = true;
        let mut scene = Scene::new(captured_row(), books);
        scene.plan_mut().consent = true;
        scene.payment_mut().save_card = SaveCard::Saved(StoredCardId::new("card_1").unwrap());
        scene
    }

    fn kinds(scene: &Scene, table: &Table) -> Vec<Kind> {
        let (plans, visits) = (vec![scene.plan.clone()], vec![scene.visit.clone()]);
        let mut findings = scene.check(|case| check(case, table, &visits));
        findings.extend(check_stored(table, &plans, &visits));
        findings.iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn a_card_is_stored_where_the_buyer_agreed() {
        let mut scene = agreed();
        assert!(kinds(&scene, &table(vec![item()])).is_empty());
        assert_eq!(kinds(&scene, &table(vec![])), [Kind::CardNotStored]);
        scene.payment_mut().save_card = SaveCard::Wanted;
        assert_eq!(kinds(&scene, &table(vec![])), [Kind::CardNotStored]);
    }

    #[test]
    fn a_card_to_which_nobody_agreed_is_found() {
        let mut scene = agreed();
        scene.plan_mut().consent = false;
        scene.book_mut().card_use.tokenize = false;
        assert_eq!(
            kinds(&scene, &table(vec![item()])),
            [Kind::CardStoredWithoutConsent]
        );
        scene.book_mut().card_use.tokenize = true;
        assert_eq!(
            kinds(&scene, &table(vec![])),
            [Kind::CardStoredWithoutConsent]
        );
        let mut of_another = item();
        of_another.buyer = "B2".to_owned();
        let found = kinds(&agreed(), &table(vec![item(), of_another]));
        assert_eq!(found, [Kind::CardStoredWithoutConsent]);
    }

    #[test]
    fn a_card_forgotten_at_a_later_payment_is_not_missed() {
        let (scene, mut later) = (agreed(), Scene::empty());
        let card = "card_1".to_owned();
        later.ask(
            "forget a stored card",
            What::Forget { card },
            Reply::Done(204),
        );
        let visits = [scene.visit.clone(), later.visit.clone()];
        let missing = |visits: &[Visit]| scene.check(|case| check(case, &table(vec![]), visits));
        assert!(missing(&visits).is_empty());
        assert_eq!(missing(&visits[..1]).len(), 1);
    }

    #[test]
    fn a_forgotten_card_must_be_gone() {
        let mut scene = agreed();
        let card = "card_1".to_owned();
        scene.ask(
            "forget a stored card",
            What::Forget { card },
            Reply::Done(204),
        );
        assert!(kinds(&scene, &table(vec![])).is_empty());
        assert_eq!(
            kinds(&scene, &table(vec![item()])),
            [Kind::CardStoredWithoutConsent]
        );
    }
}
