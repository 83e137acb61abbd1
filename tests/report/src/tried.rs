//! What a test tried: counted, timed, printed, and handed to the command that writes the page.

use rustix::time::{ClockId, clock_gettime};
use std::path::PathBuf;
use std::time::Duration;

/// How long this thread had worked when this was taken. Unlike the time on the wall it does not pass while other programs
/// have the processor, so that a limit on it holds on a busy machine too; what other threads do is not in it.
#[derive(Debug, Clone, Copy)]
pub struct CpuTime(Duration);

impl CpuTime {
    /// Until now.
    #[must_use]
    pub fn now() -> Self {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        // The kernel's figures are never negative.
        let seconds = Duration::from_secs(time.tv_sec.unsigned_abs());
        Self(seconds + Duration::from_nanos(time.tv_nsec.unsigned_abs()))
    }

    /// How long it has worked since.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}

/// Counts the hostile messages of one test, how many of them did something, and how long this thread worked at the slowest.
///
/// [`Tried::finish`] prints the figures, writes them into the folder that `HOSTILE_FIGURES` names, if it does, and fails the
/// test if any message did something.
#[derive(Debug)]
pub struct Tried {
    name: &'static str,
    what: &'static str,
    tried: u64,
    accepted: Vec<String>,
    slowest: (Duration, String),
}

impl Tried {
    /// Nothing tried yet. `name` is that of the file of figures, `what` says in a line what is sent to what.
    #[must_use]
    pub fn new(name: &'static str, what: &'static str) -> Self {
        Self {
            name,
            what,
            tried: 0,
            accepted: Vec::new(),
            slowest: (Duration::ZERO, String::new()),
        }
    }

    /// One message was sent at `began` and is worked off now; whether it did what it must not do.
    pub fn count(&mut self, message: impl Into<String>, began: CpuTime, accepted: bool) {
        let (took, message) = (began.elapsed(), message.into());
        self.tried += 1;
        if accepted {
            self.accepted.push(message.clone());
        }
        if took > self.slowest.0 {
            self.slowest = (took, message);
        }
    }

    /// Prints and writes the figures. `slowest` is how long a message may be worked at, `peak_mib` how much memory the process may
    /// have held at its peak, where the system says so.
    ///
    /// # Panics
    /// A message was accepted or worked at for longer, or the process held more; or the figures cannot be written.
    #[allow(clippy::print_stdout, reason = "the figures of a test are its purpose")]
    pub fn finish(self, slowest: Duration, peak_mib: u64) {
        let (peak, (took, message)) = (peak_memory_mib().unwrap_or(0), &self.slowest);
        let (tried, accepted) = (self.tried, self.accepted.len());
        println!(
            "{}: {tried} tried, {accepted} accepted, 0 panics, slowest {took:?} of processor time ({message}), peak {peak} MiB",
            self.what
        );
        if let Some(folder) = std::env::var_os("HOSTILE_FIGURES") {
            let figures = format!(
                "{{\"what\":{:?},\"tried\":{tried},\"accepted\":{accepted},\"peak_mib\":{peak},\"slowest_ms\":{}}}\n",
                self.what,
                took.as_millis()
            );
            let file = PathBuf::from(folder).join(format!("{}.json", self.name));
            assert!(
                std::fs::write(&file, figures).is_ok(),
                "the folder of {} can be written",
                file.display()
            );
        }
        assert!(tried > 0, "something was tried");
        assert_eq!(self.accepted, Vec::<String>::new(), "accepted");
        assert!(*took <= slowest, "{message} took {took:?}");
        assert!(peak <= peak_mib, "the process held {peak} MiB");
    }
}

/// The most memory that this process held so far, as Linux counts it.
#[must_use]
pub fn peak_memory_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(accepted: bool) -> Tried {
        let mut tried = Tried::new("self-test", "nothing to nobody");
        tried.count("one", CpuTime::now(), false);
        tried.count("two", CpuTime::now(), accepted);
        tried
    }

    #[test]
    fn figures_within_the_limits_pass() {
        tried(false).finish(Duration::from_secs(5), 10_000);
    }

    #[test]
    #[should_panic(expected = "[\"two\"]")]
    fn one_that_was_accepted_fails_and_is_named() {
        tried(true).finish(Duration::from_secs(5), 10_000);
    }

    #[test]
    #[should_panic(expected = "took")]
    fn one_that_took_too_long_fails() {
        let (mut tried, began) = (tried(false), CpuTime::now());
        let mut work = 1_u64;
        while began.elapsed() < Duration::from_millis(30) {
            work = std::hint::black_box(work.rotate_left(7) ^ 5);
        }
        tried.count("slow", began, false);
        tried.finish(Duration::from_millis(20), 10_000);
    }

    #[test]
    fn waiting_is_not_working() {
        let (mut tried, began) = (tried(false), CpuTime::now());
        std::thread::sleep(Duration::from_millis(300));
        tried.count("waits", began, false);
        tried.finish(Duration::from_millis(200), 10_000);
    }

    #[test]
    #[should_panic(expected = "the process held")]
    fn too_much_memory_fails() {
        assert!(peak_memory_mib().unwrap() > 0);
        tried(false).finish(Duration::from_secs(5), 0);
    }
}
