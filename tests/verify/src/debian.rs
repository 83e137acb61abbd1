//! Programs of Debian that checks need, installed where that can be done.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// A program, and the packages that it comes with.
#[derive(Debug)]
pub(crate) struct Needed {
    name: &'static str,
    program: &'static str,
    packages: &'static [&'static str],
    /// The variable that may name another one.
    variable: Option<&'static str>,
    what_for: &'static str,
}

/// The browser of the browser tests. Without a font of its own it would draw nothing on a bare machine.
pub(crate) static CHROMIUM: Needed = Needed {
    name: "Chromium",
    program: "chromium",
    packages: &["chromium", "fonts-dejavu-core"],
    variable: Some("CHROMIUM"),
    what_for: "the browser tests",
};

/// Counts instructions.
pub(crate) static VALGRIND: Needed = Needed {
    name: "Valgrind",
    program: "valgrind",
    packages: &["valgrind"],
    variable: None,
    what_for: "counting instructions",
};

impl Needed {
    /// Makes sure that it is there. The error says what to install.
    pub(crate) fn ready(&self) -> Result<()> {
        let named = self
            .variable
            .and_then(|variable| Some((variable, std::env::var_os(variable)?)));
        if let Some((variable, program)) = named {
            let there = Path::new(&program).is_file();
            return there
                .then_some(())
                .with_context(|| format!("there is no program where {variable} says"));
        }
        if on_path(self.program) {
            return Ok(());
        }
        if !(is_root() && on_path("apt-get")) {
            bail!(self.without());
        }
        println!("installing {} with apt-get", self.name);
        if !apt_get(&["update"])? {
            println!("apt-get update failed; the lists that are there may do");
        }
        let install = ["install", "-y", "--no-install-recommends"];
        if !apt_get(&[&install[..], self.packages].concat())? {
            bail!("apt-get install failed. {}", self.without());
        }
        Ok(())
    }

    fn without(&self) -> String {
        let or_named = self
            .variable
            .map(|variable| format!(", or name its program in {variable}"));
        format!(
            "{} is needed for {}: install it (Debian, as root: apt-get install {}){}",
            self.name,
            self.what_for,
            self.program,
            or_named.unwrap_or_default()
        )
    }
}

fn apt_get(arguments: &[&str]) -> Result<bool> {
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .context("apt-get could not be started")?;
    Ok(status.success())
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
