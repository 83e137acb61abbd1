//! Whole payments under every fault: nothing of their cards, tokens and keys stands where it does not belong. The tests
//! share out the faults, so that they run side by side.
#![allow(missing_docs, clippy::unwrap_used)]

use secrets::{Day, DayReport, Fault, Place, journeys, misplaced_day};

fn holds(day: &DayReport) {
    assert!(
        day.scan.leaks.is_empty(),
        "{}: {:#?}",
        day.fault,
        day.scan.leaks
    );
    for place in Place::ALL {
        let (pieces, _) = day.scan.searched.get(&place).copied().unwrap_or_default();
        let needed = ![Place::Kept, Place::StoredCard, Place::CardList].contains(&place);
        assert!(
            pieces > 0 || !needed,
            "{}: nothing in {}",
            day.fault,
            place.words()
        );
    }
}

async fn under(which: impl Fn(&Fault) -> bool) -> Vec<DayReport> {
    let mut days = Vec::new();
    for fault in Fault::all().into_iter().filter(which) {
        let day = Day::under(fault).await;
        holds(&day);
        assert!(
            day.payments >= journeys().len(),
            "{}: {}",
            day.fault,
            day.payments
        );
        days.push(day);
    }
    days
}

#[tokio::test]
async fn on_a_quiet_day_every_journey_comes_to_its_end() {
    let days = under(|fault| matches!(fault, Fault::None)).await;
    let day = &days[0];
    let ends: Vec<_> = journeys()
        .iter()
        .map(|journey| (journey.id, journey.ends, day.ended.get(journey.id).copied()))
        .filter(|(_, wanted, found)| Some(*wanted) != *found)
        .collect();
    assert_eq!(ends, []);
    assert_eq!(day.card_tokens, 2, "two buyers stored a card");
    assert!(day.scan.searched.contains_key(&Place::StoredCard));
    assert_eq!(day.answers.get(&500), None);
}

#[tokio::test]
async fn answers_of_the_provider_that_go_wrong() {
    under(|fault| matches!(fault, Fault::Provider(_))).await;
}

#[tokio::test]
async fn habits_of_the_provider() {
    under(|fault| matches!(fault, Fault::Habit(_))).await;
}

#[tokio::test]
async fn a_table_that_fails() {
    let days = under(|fault| matches!(fault, Fault::Table(..))).await;
    assert!(days.iter().any(|day| day.answers.contains_key(&503)));
}

#[tokio::test]
async fn queues_that_refuse() {
    under(|fault| matches!(fault, Fault::Queues(_))).await;
}

#[tokio::test]
async fn panics_whose_text_holds_everything() {
    for day in under(|fault| matches!(fault, Fault::Panics(_))).await {
        assert!(day.panics > 10, "{}: {}", day.fault, day.panics);
        assert!(day.answers.contains_key(&500), "{}", day.fault);
    }
}

#[tokio::test]
async fn card_data_where_they_do_not_belong() {
    let (sent, day) = misplaced_day().await;
    assert!(day.scan.leaks.is_empty(), "{:#?}", day.scan.leaks);
    assert!(sent > 500, "{sent}");
    for status in [200, 400, 401, 404, 405, 409, 413] {
        assert!(
            day.answers.contains_key(&status),
            "{status}: {:?}",
            day.answers
        );
    }
    assert_eq!(
        day.answers.get(&500),
        None,
        "nothing of it is a fault of ours"
    );
}
