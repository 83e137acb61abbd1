//! The index of due rows. It may be a moment behind the rows, so that what must show up in it is asked for a few
//! times before it counts as missing.

use super::{Broken, Fixture, Verdict, ensure, next};
use crate::samples::{NOW, row_only};
use crate::{DueCursor, Store, shard_of};
use domain::{PaymentRequestId, Seconds, Status, Time};
use std::collections::BTreeSet;

/// How often the index is read until it has caught up.
const READS: u32 = 20;

type Due = (PaymentRequestId, Time);

/// The fixture's due rows of one shard, in the order in which they come, page by page.
async fn due<S: Store>(
    f: &Fixture<S>,
    shard: u16,
    until: Time,
    limit: u16,
) -> Result<Vec<Due>, Broken> {
    let mut rows: Vec<Due> = Vec::new();
    let mut after: Option<DueCursor> = None;
    loop {
        let page = f.store.due(shard, until, limit, after.as_ref()).await?;
        ensure(
            page.rows.len() <= usize::from(limit),
            "a page is longer than asked for",
        )?;
        ensure(
            page.rows.iter().all(|(_, at)| *at <= until),
            "a row that is not due yet",
        )?;
        rows.extend(page.rows);
        match page.next {
            Some(cursor) => after = Some(cursor),
            None => break,
        }
    }
    let in_order = rows.windows(2).all(|pair| pair[0].1 <= pair[1].1);
    ensure(in_order, "rows are not in the order of their due times")?;
    rows.retain(|(id, _)| id.as_str().starts_with(&f.prefix));
    Ok(rows)
}

/// Reads all shards until the fixture's rows among `ids` are due exactly as `want` says.
async fn expect_due<S: Store>(
    f: &Fixture<S>,
    name: &str,
    want: &BTreeSet<Due>,
    until: Time,
    limit: u16,
) -> Verdict {
    let begin = f.id(name);
    let mut got = BTreeSet::new();
    for _ in 0..READS {
        got.clear();
        for shard in 0..f.shards {
            for (id, at) in due(f, shard, until, limit).await? {
                if !id.as_str().starts_with(begin.as_str()) {
                    continue;
                }
                ensure(
                    shard_of(&id, f.shards) == shard,
                    format!("{id} is in the wrong shard"),
                )?;
                ensure(got.insert((id.clone(), at)), format!("{id} came twice"))?;
            }
        }
        if got == *want {
            return Ok(());
        }
    }
    Err(Broken::Wrong(format!(
        "{got:?} are due instead of {want:?}"
    )))
}

pub(super) async fn rows_come_by_shard_and_time_page_by_page<S: Store>(f: &Fixture<S>) -> Verdict {
    let mut want = BTreeSet::new();
    for n in 0..25_i64 {
        let mut payment = f.payment(&format!("pages-{n}"));
        let due_at = NOW + Seconds(60 * (n * 7 % 25));
        payment.due_at = Some(due_at);
        f.store.commit(&row_only(payment.clone())).await?;
        want.insert((payment.id, due_at));
    }
    let end = NOW + Seconds(60 * 24);
    for limit in [1, 3, 100] {
        expect_due(f, "pages", &want, end, limit).await?;
    }
    // Up to a time, that time included.
    let half = NOW + Seconds(60 * 12);
    want.retain(|(_, at)| *at <= half);
    expect_due(f, "pages", &want, half, 4).await
}

pub(super) async fn rows_of_one_moment_are_all_found<S: Store>(f: &Fixture<S>) -> Verdict {
    let mut want = BTreeSet::new();
    for n in 0..12 {
        let mut payment = f.payment(&format!("moment-{n}"));
        payment.due_at = Some(NOW);
        f.store.commit(&row_only(payment.clone())).await?;
        want.insert((payment.id, NOW));
    }
    expect_due(f, "moment", &want, NOW, 2).await
}

pub(super) async fn a_settled_row_is_not_due<S: Store>(f: &Fixture<S>) -> Verdict {
    let payment = f.payment("settled");
    f.store.commit(&row_only(payment.clone())).await?;
    let due_at = payment
        .due_at
        .ok_or_else(|| Broken::Wrong("the sample is not due".into()))?;
    let want = BTreeSet::from([(payment.id.clone(), due_at)]);
    expect_due(f, "settled", &want, due_at, 100).await?;
    let mut settled = next(&payment, "settled");
    settled.status = Status::Expired;
    settled.due_at = None;
    f.store.commit(&row_only(settled)).await?;
    expect_due(
        f,
        "settled",
        &BTreeSet::new(),
        due_at + Seconds::days(365),
        100,
    )
    .await
}

pub(super) async fn a_row_is_due_at_its_latest_time_only<S: Store>(f: &Fixture<S>) -> Verdict {
    let mut payment = f.payment("moved");
    payment.due_at = Some(NOW);
    f.store.commit(&row_only(payment.clone())).await?;
    let mut later = next(&payment, "later");
    let due_at = NOW + Seconds(5);
    later.due_at = Some(due_at);
    f.store.commit(&row_only(later)).await?;
    expect_due(f, "moved", &BTreeSet::new(), NOW + Seconds(4), 100).await?;
    let want = BTreeSet::from([(payment.id, due_at)]);
    expect_due(f, "moved", &want, due_at, 100).await
}
