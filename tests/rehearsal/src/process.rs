//! Processes: those that are run to their end, those that run beside us and end with us, and their children.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use crate::steps::Progress;

/// Lines of a failed command's output that stand in the error.
const TAIL_LINES: usize = 15;

/// Runs a command to its end with `input` on stdin; its last stderr line is shown while it runs. Answers with stdout.
///
/// A failure names the command's purpose and carries the end of its output.
pub(crate) async fn complete(
    mut command: tokio::process::Command,
    purpose: &str,
    input: &str,
    progress: &Progress,
) -> anyhow::Result<String> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let program = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    let mut child = command
        .spawn()
        .with_context(|| format!("{purpose}: cannot start {program}; is it installed?"))?;
    let (mut stdin, stdout, stderr) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let Some(stdin) = &mut stdin {
            // A command that reads nothing closes the pipe: not our failure.
            stdin.write_all(input.as_bytes()).await.ok();
        }
        drop(stdin.take());
    };
    let out = async {
        let mut text = String::new();
        if let Some(stdout) = stdout {
            let mut lines = BufReader::new(stdout).lines();
            while let Some(line) = lines.next_line().await? {
                text.push_str(&line);
                text.push('\n');
            }
        }
        Ok::<String, std::io::Error>(text)
    };
    let err = async {
        let mut tail: Vec<String> = Vec::new();
        if let Some(stderr) = stderr {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                progress.say(line.trim());
                if tail.len() == TAIL_LINES {
                    tail.remove(0);
                }
                tail.push(line);
            }
        }
        tail
    };
    let ((), out, tail) = tokio::join!(feed, out, err);
    let status = child
        .wait()
        .await
        .with_context(|| format!("{purpose}: lost sight of {program}"))?;
    let out = out.with_context(|| format!("{purpose}: cannot read the output of {program}"))?;
    if !status.success() {
        let shown = if tail.is_empty() {
            out
        } else {
            tail.join("\n")
        };
        bail!(
            "{purpose}: {program} ended with {status}\n{}",
            shown.trim_end()
        );
    }
    Ok(out)
}

/// A process that runs beside us. Dropping it ends it, and every process it started.
pub(crate) struct Background {
    child: Child,
}

impl Background {
    /// Starts `command` in a process group of its own, so that Ctrl-C reaches only us and we end it in order.
    /// Its output goes to `log` unless stdout was set before.
    pub(crate) fn start(
        command: &mut Command,
        log: &Path,
        own_stdout: bool,
    ) -> anyhow::Result<Self> {
        use std::os::unix::process::CommandExt as _;
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let stdout = if own_stdout {
            Stdio::piped()
        } else {
            Stdio::from(file.try_clone().context("cannot open the log twice")?)
        };
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::from(file))
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let process = Self { child };
        let born = start_time(process.id()).unwrap_or_default();
        let note = log.with_extension(NOTE);
        std::fs::write(&note, format!("{} {born}", process.id()))
            .with_context(|| format!("cannot write {}", note.display()))?;
        Ok(process)
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The first thing the process prints, with a time limit.
    pub(crate) async fn first_line(&mut self, limit: Duration) -> anyhow::Result<String> {
        let stdout = self
            .child
            .stdout
            .take()
            .context("the process has no output of its own")?;
        let stdout = tokio::process::ChildStdout::from_std(stdout)
            .context("cannot read from the process")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(limit, lines.next_line())
            .await
            .context("the process said nothing in time")?;
        let line = line
            .context("cannot read from the process")?
            .context("the process ended before it was ready")?;
        // Whatever else it prints is read and dropped, so that it never blocks.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(line)
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let children = descendants(self.id());
        self.child.kill().ok();
        self.child.wait().ok();
        for pid in children {
            kill(pid);
        }
    }
}

/// Extension of the files that say which processes a run started: id and start time.
const NOTE: &str = "pid";

/// Ends what an earlier run left running because it was killed itself: exactly the processes that it noted in
/// `folder`, told from later ones with the same id by their start time, and their children.
pub(crate) fn end_left_over(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let notes = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == NOTE));
    for note in notes {
        let text = std::fs::read_to_string(&note).unwrap_or_default();
        let Some((Ok(pid), born)) = text
            .split_once(' ')
            .map(|(pid, born)| (pid.parse::<u32>(), born))
        else {
            continue;
        };
        if start_time(pid).is_some_and(|now| now == born) {
            let children = descendants(pid);
            kill(pid);
            children.into_iter().for_each(|child| {
                kill(child);
            });
        }
    }
}

/// When a process started, in the kernel's ticks.
fn start_time(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name, in parentheses, may hold anything; twenty fields follow until the start time.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(19).map(str::to_owned)
}

/// Seconds that a process has spent on the processor, all its threads together.
pub(crate) fn processor_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the program's name, in parentheses: the state and ten numbers, then the ticks in user and system mode.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    let ticks = ticks()? + ticks()?;
    Some(ticks / rustix::param::clock_ticks_per_second() as f64)
}

/// Every process below `ancestor`, the nearest first.
pub(crate) fn descendants(ancestor: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pairs: Vec<(u32, u32)> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, parent(pid)?)))
        .collect();
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(&at) = found.get(next) {
        found.extend(
            pairs
                .iter()
                .filter(|(_, parent)| *parent == at)
                .map(|(pid, _)| *pid),
        );
        next += 1;
    }
    found.remove(0);
    found
}

/// Whether `ancestor` started `pid`, or started what started it.
pub(crate) fn is_below(pid: u32, ancestor: u32) -> bool {
    let mut at = parent(pid);
    while let Some(pid) = at.filter(|pid| *pid > 1) {
        if pid == ancestor {
            return true;
        }
        at = parent(pid);
    }
    false
}

fn parent(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("PPid:"))?
        .trim()
        .parse()
        .ok()
}

/// Ends a process at once, without a chance to clean up. Whether there was one.
pub(crate) fn kill(pid: u32) -> bool {
    i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok())
}

/// An environment with nothing in it but what programs need to run at all.
pub(crate) fn bare(command: &mut Command, home: &Path) {
    command.env_clear().env("HOME", home).env("LANG", "C.UTF-8");
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone(pid: u32) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/status"))
            .map_or(true, |text| text.contains("State:\tZ"))
    }

    #[test]
    fn what_a_killed_run_left_is_ended_and_nothing_else() {
        let folder =
            std::env::temp_dir().join(format!("rehearsal-left-over-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let mut left = Background::start(
            Command::new("sleep").arg("60"),
            &folder.join("left.log"),
            false,
        )
        .unwrap();
        let mut other = Background::start(
            Command::new("sleep").arg("60"),
            &folder.join("other.log"),
            false,
        )
        .unwrap();
        std::fs::write(folder.join("other.pid"), format!("{} 1", other.id())).unwrap();
        end_left_over(&folder);
        let started = std::time::Instant::now();
        while left.ended().is_none() {
            assert!(started.elapsed() < Duration::from_secs(5), "it runs on");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(
            other.ended().is_none(),
            "a process with another start time was ended"
        );
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn work_is_counted_in_seconds_of_the_processor() {
        let (id, started) = (std::process::id(), std::time::Instant::now());
        let before = processor_seconds(id).unwrap();
        while started.elapsed() < Duration::from_millis(200) {
            std::hint::black_box(started.elapsed());
        }
        let used = processor_seconds(id).unwrap() - before;
        assert!((0.01..30.0).contains(&used), "{used} s");
        assert_eq!(processor_seconds(u32::MAX), None);
    }

    #[test]
    fn a_background_process_ends_with_its_children() {
        let log =
            std::env::temp_dir().join(format!("rehearsal-process-{}.log", std::process::id()));
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & sleep 60 & wait"]);
        let process = Background::start(&mut command, &log, false).unwrap();
        let id = process.id();
        let started = std::time::Instant::now();
        while descendants(id).len() < 2 {
            assert!(
                started.elapsed() < Duration::from_secs(5),
                "the shell started no children"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        let children = descendants(id);
        assert!(
            children
                .iter()
                .all(|child| is_below(*child, id) && is_below(*child, std::process::id()))
        );
        assert!(!is_below(id, children[0]));
        drop(process);
        std::fs::remove_file(&log).unwrap();
        std::fs::remove_file(log.with_extension(NOTE)).unwrap();
        let started = std::time::Instant::now();
        while !children.iter().all(|pid| gone(*pid)) {
            assert!(
                started.elapsed() < Duration::from_secs(5),
                "children outlive their parent"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(gone(id));
    }
}
