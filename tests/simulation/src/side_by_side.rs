//! Many runs at once: each on one thread, as many threads as there are processors, and a bar for people.

use crate::engine::lock;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Mutex;

/// Does `job` for each of `items` and hands every result to `take`, in the order in which the jobs end.
///
/// `what` names the items on the bar. `threads` is by default the number of processors.
///
/// # Errors
/// The bar cannot be drawn.
///
/// # Panics
/// A job panicked.
pub fn side_by_side<I, T>(
    what: &str,
    threads: Option<usize>,
    items: impl IntoIterator<Item = I, IntoIter: Send>,
    job: impl Fn(I) -> T + Sync,
    take: impl FnMut(T) + Send,
) -> Result<()> {
    let items = items.into_iter();
    let style = format!("{{bar:30}} {{pos}}/{{len}} {what}, {{per_sec}}, {{eta}} left");
    let progress = ProgressBar::new(items.size_hint().0 as u64)
        .with_style(ProgressStyle::with_template(&style)?);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let (items, take) = (Mutex::new(items), Mutex::new(take));
    std::thread::scope(|scope| {
        for _ in 0..threads.unwrap_or(processors).max(1) {
            scope.spawn(|| {
                loop {
                    let Some(item) = lock(&items).next() else {
                        return;
                    };
                    let result = job(item);
                    lock(&take)(result);
                    progress.inc(1);
                }
            });
        }
    });
    progress.finish_and_clear();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_done_once() {
        for threads in [None, Some(0), Some(3)] {
            let mut results = Vec::new();
            side_by_side(
                "numbers",
                threads,
                0..100,
                |number| number * 2,
                |result| results.push(result),
            )
            .unwrap();
            results.sort_unstable();
            assert_eq!(
                results,
                (0..100).map(|number| number * 2).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_job_that_panics_is_not_passed_over() {
        let job = |number: u32| assert!(number != 7, "seven");
        let _ = side_by_side("numbers", None, 0..10, job, |()| {});
    }
}
