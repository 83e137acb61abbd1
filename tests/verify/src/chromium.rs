//! The browser of the browser tests: Debian's Chromium, installed where that can be done.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

const WITHOUT: &str = "Chromium is needed for the browser tests: install it (Debian, as root: apt-get install chromium), \
                       or name its program in CHROMIUM";

/// Makes sure that there is a Chromium. The error says what to install.
pub(crate) fn ready() -> Result<()> {
    if let Some(program) = std::env::var_os("CHROMIUM") {
        let there = Path::new(&program).is_file();
        return there
            .then_some(())
            .context("there is no program where CHROMIUM says");
    }
    if on_path("chromium") {
        return Ok(());
    }
    if !(is_root() && on_path("apt-get")) {
        bail!(WITHOUT);
    }
    println!("installing Chromium with apt-get");
    if !apt_get(&["update"])? {
        println!("apt-get update failed; the lists that are there may do");
    }
    // Without a font of its own it would draw nothing on a bare machine.
    let packages = ["chromium", "fonts-dejavu-core"];
    if !apt_get(&[&["install", "-y", "--no-install-recommends"][..], &packages].concat())? {
        bail!("apt-get install failed. {WITHOUT}");
    }
    Ok(())
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
