//! Texts that are held.

use std::path::PathBuf;

/// Whether texts are written anew instead of compared.
pub(crate) fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

pub(crate) fn path(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/commands/golden");
    PathBuf::from(folder).join(name)
}

pub(crate) fn read(name: &str) -> String {
    let path = path(name);
    std::fs::read_to_string(&path).unwrap_or_else(|_| {
        panic!(
            "{} is not there: run the tests with UPDATE_GOLDEN=1",
            path.display()
        )
    })
}

/// Compares with what is held under this name.
pub(crate) fn hold(name: &str, text: &str) {
    if updating() {
        std::fs::write(path(name), text).unwrap();
        return;
    }
    let held = read(name);
    assert!(
        held == text,
        "{name} is not as held (UPDATE_GOLDEN=1 writes it anew)\n--- held\n{held}\n--- now\n{text}"
    );
}
