//! What the functions log, caught at the finest level and in the shape that production writes.

use std::io::Write;
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::filter::LevelFilter;

/// All lines since the last look.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

static LINES: std::sync::LazyLock<Lines> = std::sync::LazyLock::new(|| {
    let lines = Lines::default();
    let writer = lines.clone();
    let started = runtime::logs::start_into(LevelFilter::TRACE, move || writer.clone());
    assert!(
        started,
        "nothing else may have started logging in this process"
    );
    lines
});

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send + 'static>;

/// Logs panics as in production; here while nothing is caught.
static PRODUCTION: Mutex<Option<Hook>> = Mutex::new(None);

/// Starts to catch. Until [`stop`], panics are logged as in production: without their text.
pub(crate) fn start() {
    drop(taken()); // starts logging, the first time
    let hook = PRODUCTION
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    if let Some(hook) = hook {
        panic::set_hook(hook);
    }
}

/// Takes what was logged since the start. From now on panics say again what is wrong.
pub(crate) fn stop() -> Vec<u8> {
    let hook = panic::take_hook();
    *PRODUCTION.lock().unwrap_or_else(PoisonError::into_inner) = Some(hook);
    taken()
}

fn taken() -> Vec<u8> {
    std::mem::take(&mut *LINES.0.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
