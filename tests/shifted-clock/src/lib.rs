//! A clock that can be turned forward for several programs at once, so that a rehearsal of minutes holds days.
//!
//! With this library in `LD_PRELOAD` and the path of a file in `SHIFTED_CLOCK`, a program's time of day is the system's
//! plus the **length of that file in seconds**: whoever makes the file longer turns all those programs forward at the same
//! instant, and none ever sees half a change. The file has no content (`truncate -s 86400 FILE` is one day) and takes no space.
//! Clocks that measure intervals, and with them every time-out and sleep, run as they always do.
//!
//! For programs that ask the C library for the time: those in Python and Rust do.

use std::ffi::{CString, c_int, c_long, c_void};
use std::os::unix::ffi::OsStringExt as _;
use std::sync::OnceLock;

use libc::{clockid_t, time_t, timespec, timeval};

/// Names the file whose length is the shift.
const VARIABLE: &str = "SHIFTED_CLOCK";

/// Seconds that the time of day is ahead; 0 without a file.
fn shift() -> time_t {
    static FILE: OnceLock<Option<CString>> = OnceLock::new();
    let file = FILE.get_or_init(|| CString::new(std::env::var_os(VARIABLE)?.into_vec()).ok());
    let Some(file) = file else { return 0 };
    // SAFETY: all zeroes is a value of this plain C structure.
    let mut status: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the path ends with a zero byte and both pointers are valid for the call.
    if unsafe { libc::stat(file.as_ptr(), &raw mut status) } != 0 {
        return 0;
    }
    status.st_size
}

/// The kernel's answer, by a system call: the C library's function of this name is the one that is replaced.
///
/// # Safety
/// `time` must point to a `timespec` or be null.
unsafe fn unshifted(clock: clockid_t, time: *mut timespec) -> c_long {
    // SAFETY: the kernel checks both arguments, and writes to `time` only, which the caller vouches for.
    unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) }
}

/// POSIX `clock_gettime`; clocks of the time of day are shifted.
///
/// # Safety
/// As for the original: `time` must point to a `timespec`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
    // SAFETY: passed on.
    if unsafe { unshifted(clock, time) } != 0 {
        return -1;
    }
    if matches!(
        clock,
        libc::CLOCK_REALTIME | libc::CLOCK_REALTIME_COARSE | libc::CLOCK_TAI
    ) {
        // SAFETY: the kernel has just written there.
        unsafe { (*time).tv_sec += shift() };
    }
    0
}

/// POSIX `gettimeofday`, shifted. The time zone is a thing of the past and left alone.
///
/// # Safety
/// As for the original: `time` must point to a `timeval` or be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(time: *mut timeval, _zone: *mut c_void) -> c_int {
    let mut now = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `now` is a local.
    if unsafe { clock_gettime(libc::CLOCK_REALTIME, &raw mut now) } != 0 {
        return -1;
    }
    if !time.is_null() {
        let whole = timeval {
            tv_sec: now.tv_sec,
            tv_usec: now.tv_nsec / 1000,
        };
        // SAFETY: not null, and the caller's to vouch for.
        unsafe { time.write(whole) };
    }
    0
}

/// C `time`, shifted.
///
/// # Safety
/// As for the original: `seconds` must point to a `time_t` or be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn time(seconds: *mut time_t) -> time_t {
    let mut now = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `now` is a local.
    if unsafe { clock_gettime(libc::CLOCK_REALTIME, &raw mut now) } != 0 {
        return -1;
    }
    if !seconds.is_null() {
        // SAFETY: not null, and the caller's to vouch for.
        unsafe { seconds.write(now.tv_sec) };
    }
    now.tv_sec
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    const DAY: u64 = 86_400;

    fn now() -> Duration {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
    }

    /// The test program defines the functions itself, and so asks them: started anew by the test below, it tells the time.
    #[test]
    fn tells_the_time() {
        println!("now={}", now().as_secs());
    }

    #[test]
    fn the_files_length_is_the_shift() -> Result<(), Box<dyn std::error::Error>> {
        let path = std::env::temp_dir().join(format!("shifted-clock-{}", std::process::id()));
        let file = std::fs::File::create(&path)?;
        for days in [0, 1, 40] {
            file.set_len(days * DAY)?;
            let told = Command::new(std::env::current_exe()?)
                .args(["--exact", "tests::tells_the_time", "--nocapture"])
                .env(VARIABLE, &path)
                .output()?;
            let told = String::from_utf8(told.stdout)?;
            let told: u64 = told
                .lines()
                .find_map(|line| line.split("now=").nth(1))
                .ok_or("no time told")?
                .trim()
                .parse()?;
            let ahead = told.abs_diff(now().as_secs());
            assert!(ahead.abs_diff(days * DAY) <= 60, "{days} days: {ahead} s");
        }
        std::fs::remove_file(&path)?;
        Ok(())
    }

    #[test]
    fn without_a_file_and_for_intervals_nothing_is_shifted() {
        assert_eq!(shift(), 0);
        let mut monotonic = timespec {
            tv_sec: -1,
            tv_nsec: -1,
        };
        // SAFETY: a local.
        assert_eq!(
            unsafe { clock_gettime(libc::CLOCK_MONOTONIC, &raw mut monotonic) },
            0
        );
        assert!(monotonic.tv_sec >= 0 && monotonic.tv_nsec >= 0);
        let (mut seconds, mut precise) = (
            0,
            timeval {
                tv_sec: 0,
                tv_usec: 0,
            },
        );
        // SAFETY: locals.
        let told = unsafe { time(&raw mut seconds) };
        assert_eq!(told, seconds);
        // SAFETY: locals, and no time zone.
        assert_eq!(
            unsafe { gettimeofday(&raw mut precise, std::ptr::null_mut()) },
            0
        );
        assert!(precise.tv_sec.abs_diff(told) <= 60);
    }
}
