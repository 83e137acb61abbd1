//! What the functions log, to the byte.

use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing::level_filters::LevelFilter;

/// The lines of all functions of this process, as they would stand in CloudWatch.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// Begins to listen at this level. To be called once.
    #[must_use]
    pub fn hear(level: LevelFilter) -> Self {
        let lines = Self::default();
        let writer = lines.clone();
        let shown = std::panic::take_hook(); // what a failed test has to say is for people
        assert!(runtime::logs::start_into(level, move || writer.clone()));
        std::panic::set_hook(shown);
        lines
    }

    /// The lines since the last look.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
