//! What sweep logs.

use crate::Journal;
use crate::payments::create;
use domain::Seconds;
use flows::{World, clock, forward};
use simulator::{Call, Fault};
use store::Outage;

const GOOD: &str = "4054695723100768";

pub(crate) async fn sweep(journal: &mut Journal) {
    let world = World::deaf().await;
    journal.replace(world.provider.url(), "http://pop");
    let swept = world.sweep.run(clock() + Seconds(60));
    assert_eq!(journal.step("nothing is due", swept).await.due, 0);
    let token = create(journal, &world, "P1", "MANUAL").await;
    for _ in 0..2 {
        world
            .provider
            .order_fault(Call::Pay, "P1", Fault::DropAfter);
    }
    journal
        .step("pay, whose answer is lost", world.pay("P1", &token, GOOD))
        .await;
    let found = world.sweep_after(Seconds(60));
    assert_eq!(journal.step("POP is asked", found).await.inquiries, 1);
    let captured = world.sweep_after(Seconds(60));
    assert_eq!(
        journal
            .step("what is to be captured is captured", captured)
            .await
            .captures,
        1
    );
    let _token = create(journal, &world, "P2", "MANUAL").await;
    let expired = world.sweep_after(Seconds(3_600));
    assert_eq!(
        journal
            .step("what was never paid expires", expired)
            .await
            .settled,
        1
    );
    let _token = create(journal, &world, "P3", "MANUAL").await;
    forward(Seconds(3_600));
    let swept = world.sweep.run(clock() + Seconds(10));
    assert!(
        journal
            .step("too little time is left", swept)
            .await
            .stopped_early
    );
}

pub(crate) async fn sweep_out_of_order(journal: &mut Journal) {
    let world = World::deaf().await;
    let _token = create(journal, &world, "P1", "MANUAL").await;
    world.store.set_outage(Outage::Refuses);
    let failed = world.sweep_after(Seconds(3_600));
    assert_eq!(
        journal
            .step("the table cannot be read", failed)
            .await
            .failed,
        2
    );
    world.store.set_outage(Outage::None);
    world.store.disturb(100);
    let failed = world.sweep.run(clock() + Seconds(60));
    assert_eq!(
        journal
            .step("others change the row all the time", failed)
            .await
            .failed,
        1
    );
}
