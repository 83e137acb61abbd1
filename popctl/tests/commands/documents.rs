//! `docs/popctl.md`: every command with its options and sample outputs, made of the program itself and of the held texts.

use crate::golden;
use crate::program::Runner;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/popctl.md");

/// Every command, and the held outputs that show it.
const COMMANDS: [(&str, &[(&str, &str)]); 15] = [
    ("status", &[("popctl status", "status.txt")]),
    ("list", &[("popctl list", "list.txt")]),
    (
        "explain",
        &[
            ("popctl explain P0", "explain-mismatch-resolved.txt"),
            ("popctl explain P0", "explain-lost-notification.txt"),
            ("popctl explain P0", "explain-mismatch.txt"),
        ],
    ),
    ("inquire", &[("popctl inquire P0 --yes", "inquire.txt")]),
    (
        "retry-capture",
        &[
            ("popctl retry-capture P0", "retry-capture-dry.txt"),
            ("popctl retry-capture P0 --yes", "retry-capture.txt"),
        ],
    ),
    (
        "resolve",
        &[(
            "popctl resolve P0 --go-on --reason \"one wrong message, POP's dashboard shows 300.00 EUR\" --yes",
            "resolve.txt",
        )],
    ),
    ("reasons", &[("popctl reasons", "reasons.txt")]),
    ("redrive", &[("popctl redrive", "redrive-dry.txt")]),
    ("verify", &[]),
    ("replay", &[]),
    ("doctor", &[("popctl doctor", "doctor.txt")]),
    ("send-test-notification", &[]),
    ("completions", &[]),
    ("man", &[]),
    (
        "reconcile",
        &[(
            "popctl reconcile --amounts major --from 2026-01-01 reports/*.csv",
            "reconcile.txt",
        )],
    ),
];

async fn help(command: &str) -> String {
    let (code, text) = Runner::default().once(&[command, "--help"], false).await;
    assert_eq!(code, 0, "{text}");
    text
}

/// A command's help without the options that every command has, which stand once above.
fn own_part(help: &str) -> String {
    let end = help.find("\nConnection:").unwrap_or(help.len());
    help[..end].trim_end().to_owned()
}

fn common_part(help: &str) -> String {
    let begin = help.find("\nConnection:").unwrap_or(help.len());
    help[begin..].trim().to_owned()
}

fn fenced(text: &str) -> String {
    format!("```text\n{}\n```\n", text.trim_end())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_commands_is_what_the_program_says() {
    let (_, top) = Runner::default().once(&["--help"], false).await;
    let mut text = String::new();
    text += &fenced(&common_part(&help("status").await));
    for (command, samples) in COMMANDS {
        if !top.contains(&format!("\n  {command} ")) {
            continue; // not in this build
        }
        text += &format!(
            "\n### {command}\n\n{}",
            fenced(&own_part(&help(command).await))
        );
        for (line, held) in samples {
            text += &format!(
                "\n```text\n$ {line}\n{}\n```\n",
                golden::read(held).trim_end()
            );
        }
    }
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (head, rest) = page
        .split_once("<!-- commands:begin -->\n")
        .expect("the section's begin");
    let (_, tail) = rest
        .split_once("<!-- commands:end -->")
        .expect("the section's end");
    let want = format!("{head}<!-- commands:begin -->\n\n{text}\n<!-- commands:end -->{tail}");
    if golden::updating() {
        std::fs::write(PAGE, want).unwrap();
    } else {
        assert!(
            page == want,
            "docs/popctl.md is stale: run the tests of popctl twice with UPDATE_GOLDEN=1"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reason_of_a_review_is_told() {
    let (code, text) = Runner::default().once(&["reasons"], false).await;
    assert_eq!(code, 0);
    golden::hold("reasons.txt", &text);
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    for line in text.lines().filter(|line| !line.starts_with(' ')) {
        assert!(
            readme.contains(&format!("`{line}`")),
            "README does not name {line}"
        );
    }
    let (code, text) = Runner::default().once(&["reasons", "vanished"], true).await;
    assert_eq!(code, 0, "{text}");
    let (code, text) = Runner::default().once(&["reasons", "nothing"], false).await;
    assert_eq!(code, 2);
    assert!(text.contains("amount_mismatch"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_on_the_page() {
    let (_, top) = Runner::default().once(&["--help"], false).await;
    let commands = top
        .split("Commands:\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    for line in commands.lines() {
        let command = line.split_whitespace().next().unwrap();
        let known = COMMANDS.iter().any(|(name, _)| *name == command) || command == "help";
        assert!(
            known || line.starts_with("     "),
            "{command} is not on the page"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn completions_and_manual_pages_are_written() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, text) = Runner::default().once(&["completions", shell], false).await;
        assert_eq!(code, 0);
        assert!(text.contains("retry-capture"), "{shell}");
    }
    let (code, page) = Runner::default().once(&["man"], false).await;
    assert_eq!(code, 0);
    assert!(page.contains(".TH popctl"), "{page}");
    let folder = std::env::temp_dir().join(format!("popctl-man-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (code, text) = Runner::default()
        .once(&["man", "--folder", folder.to_str().unwrap()], false)
        .await;
    assert_eq!(code, 0, "{text}");
    assert!(folder.join("popctl-explain.1").is_file());
    std::fs::remove_dir_all(&folder).unwrap();
}
