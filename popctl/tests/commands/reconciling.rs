//! `reconcile`: the provider's reports, written from its own books, against the table that the functions wrote.

use crate::cloud::Cloud;
use crate::golden;
use crate::program::Ran;
use domain::{Policy, Seconds, Time};
use simulation::engine::{Fate, Fates, Passage, Point};
use simulation::simulation::{Mode, Order, people};
use simulation::watched;
use simulation::world::{BEGIN, GoodPost, Setup, World};
use simulator::reports::{Discrepancy, Form, Generation, ReportOptions, Seeded, write};
use std::path::{Path, PathBuf};

/// When it is looked at: everything has come to its end.
const LATER: Seconds = Seconds::days(20);

struct Calm;

impl Fates for Calm {
    fn of(&mut self, _: &Point, _: Time) -> Passage {
        Passage {
            fate: Fate::Through,
            there_ms: 4,
            back_ms: 4,
        }
    }
}

/// Captured by POP, by us at once, in two parts of which some goes back, cancelled, declined; several of each.
fn world() -> World {
    let setup = Setup {
        policy: Policy {
            several_captures: true,
            ..Policy::default()
        },
        ..Setup::calm(1)
    };
    let world = World::new(setup, Box::new(Calm), Box::new(GoodPost));
    for number in 0..24_u64 {
        let mode = match number % 3 {
            0 => Mode::Automatic,
            1 => Mode::AtOnce,
            _ => Mode::OnRequest(vec![(20_000, false), (10_000, true)]),
        };
        let mut order = Order::plain(mode);
        order.id = format!("P{number}");
        order.order_id = format!("O{number}");
        order.begin_ms = i64::try_from(number).unwrap() * 4 * 3_600_000;
        match number % 8 {
            4 | 7 => order.refunds = vec![Some(5_000)],
            5 => order.card = Some("4054692760174822"),
            6 => order.cancel_ms = Some(1_000),
            _ => {}
        }
        people::begin(&world, &order, number);
    }
    drop(watched::until(&world, BEGIN + LATER));
    world
}

/// The world's deployment, and its reports in a folder of their own.
struct Scene {
    cloud: Cloud,
    folder: PathBuf,
    files: Vec<String>,
    seeded: Vec<Seeded>,
}

impl Scene {
    async fn of(name: &str, options: ReportOptions) -> Self {
        let world = std::thread::spawn(world).join().unwrap();
        let cloud = Cloud::of(&[&world], BEGIN + LATER).await;
        let set = write(&world.gateway.books().payments, &options).unwrap();
        let folder =
            std::env::temp_dir().join(format!("reconciling-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut files = Vec::new();
        for report in set.reports {
            let file = folder.join(report.name);
            std::fs::write(&file, report.bytes).unwrap();
            files.push(file.display().to_string());
        }
        Self {
            cloud,
            folder,
            files,
            seeded: set.seeded,
        }
    }

    async fn run(&self, options: &[&str]) -> Ran {
        let files: Vec<&str> = self.files.iter().map(String::as_str).collect();
        self.run_on(&files, options).await
    }

    async fn run_on(&self, files: &[&str], options: &[&str]) -> Ran {
        let arguments = [&["reconcile"], options, files].concat();
        let mut ran = self.cloud.popctl().run(&arguments).await;
        ran.printed = self.short(&ran.printed);
        ran
    }

    /// Without the folder's name, which is another each time.
    fn short(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.folder.display()), "")
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

const AMOUNTS: [&str; 4] = ["--amounts", "major", "--from", "2026-01-01"];

/// One of each that people read about.
fn wrong() -> ReportOptions {
    ReportOptions {
        wrong: vec![
            Discrepancy::AmountDiffers,
            Discrepancy::CapturedAbsent,
            Discrepancy::UnknownPayment,
            Discrepancy::UnknownRefund,
            Discrepancy::SettledTwice,
            Discrepancy::StateDiffers,
            Discrepancy::RefundReversed,
            Discrepancy::Dispute,
            Discrepancy::TotalDiffers,
        ],
        batch_lines: true,
        seed: 5,
        ..ReportOptions::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn books_and_reports_that_agree() {
    let scene = Scene::of("agree", ReportOptions::default()).await;
    let ran = scene.run(&AMOUNTS).await;
    assert_eq!(ran.code, 0, "{}", ran.printed);
    golden::hold("reconcile-agrees.txt", &ran.printed);
    assert_eq!(ran.json["balances"], true);
    assert_eq!(ran.json["findings"], serde_json::json!([]));
    for book in ran.json["books"].as_array().unwrap() {
        assert_eq!(book["ours"], book["reports"], "{book}");
        assert_eq!(book["unexplained"], "0.00");
    }
    // Twice the same files: noticed, and nothing changes.
    let twice: Vec<&str> = scene
        .files
        .iter()
        .chain(&scene.files)
        .map(String::as_str)
        .collect();
    let again = scene.run_on(&twice, &AMOUNTS).await;
    assert_eq!((again.code, &again.json["books"]), (0, &ran.json["books"]));
    assert!(again.printed.contains("counted once"), "{}", again.printed);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_seeded_discrepancy_is_told_and_no_other() {
    for (name, options) in [
        ("b", wrong()),
        (
            "c",
            ReportOptions {
                generation: Generation::C,
                form: Form::Xlsx,
                ..wrong()
            },
        ),
    ] {
        let scene = Scene::of(name, options).await;
        let page = scene.folder.join("statement.html");
        let html = ["--html", page.to_str().unwrap()];
        let ran = scene.run(&[&AMOUNTS[..], &html].concat()).await;
        assert_eq!(ran.code, 1, "{}", ran.printed);
        let mut told: Vec<(String, String)> = Vec::new();
        for finding in ran.json["findings"].as_array().unwrap() {
            let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
            let id = if text("paymentId").is_empty() {
                text("transaction")
            } else {
                text("paymentId")
            };
            told.push((text("kind"), id));
        }
        let mut seeded: Vec<(String, String)> = scene
            .seeded
            .iter()
            .map(|seeded| {
                let kind = serde_json::to_value(seeded.kind).unwrap();
                (kind.as_str().unwrap().to_owned(), seeded.id.clone())
            })
            .collect();
        told.sort();
        seeded.sort();
        assert_eq!(told, seeded, "{}", ran.printed);
        let page = std::fs::read_to_string(&page).unwrap();
        // Nothing of people and cards, in whatever form.
        for text in [&ran.printed, &ran.json.to_string(), &page] {
            for secret in ["HOLDER OF THE CARD", "0768", "SOME BANK", "ALIPAY"] {
                assert!(!text.contains(secret), "{secret}");
            }
        }
        if name == "b" {
            golden::hold("reconcile.txt", &ran.printed);
            golden::hold("reconcile.html", &scene.short(&page));
            let json = serde_json::to_string_pretty(&ran.json).unwrap() + "\n";
            golden::hold("reconcile.json", &scene.short(&json));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pops_signed_word_says_who_is_right() {
    let only = |kind| ReportOptions {
        wrong: vec![kind],
        ..ReportOptions::default()
    };
    // The report is wrong: what POP signed agrees with the row.
    let scene = Scene::of("amount", only(Discrepancy::AmountDiffers)).await;
    let ran = scene.run(&AMOUNTS).await;
    let finding = &ran.json["findings"][0];
    assert_eq!(
        (ran.code, &finding["verdict"]),
        (1, &"row".into()),
        "{}",
        ran.printed
    );
    assert!(finding["trail"].as_array().unwrap().len() > 1, "{finding}");
    let without = scene
        .run(&[&AMOUNTS[..], &["--trails", "none"]].concat())
        .await;
    let finding = &without.json["findings"][0];
    assert_eq!(
        (&finding["verdict"], &finding["trail"]),
        (&().into(), &serde_json::json!([]))
    );

    // The row is wrong: somebody changed it. Its own trail says so too.
    let scene = Scene::of("row", ReportOptions::default()).await;
    change_row(&scene, "P1", |doc| doc.replace("\"30000\"", "\"20000\"")).await;
    let ran = scene.run(&AMOUNTS).await;
    let findings = ran.json["findings"].as_array().unwrap();
    let of_kind = |kind: &str| {
        findings
            .iter()
            .filter(|finding| finding["kind"] == kind)
            .count()
    };
    assert_eq!(ran.code, 1);
    assert!(
        of_kind("amount_differs") > 0 && of_kind("evidence_differs") > 0,
        "{}",
        ran.printed
    );
    let differs: Vec<_> = findings
        .iter()
        .filter(|finding| finding["side"] != "x" && finding["kind"] == "amount_differs")
        .collect();
    assert!(
        differs.iter().any(|finding| finding["verdict"] == "report"),
        "{}",
        ran.printed
    );
}

async fn change_row(scene: &Scene, id: &str, change: impl FnOnce(&str) -> String) {
    let client = embedded::client(scene.cloud.table);
    let key = format!("PAY#{id}");
    crate::table::change(&client, (&key, "STATE"), "doc", change).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_all_trails_a_row_against_pops_word_is_found_though_the_report_agrees() {
    let scene = Scene::of("all", ReportOptions::default()).await;
    // The end of a row's life, which no report tells of.
    change_row(&scene, "P5", |doc| {
        doc.replace("\"DECLINED\"", "\"EXPIRED\"")
    })
    .await;
    let ran = scene.run(&AMOUNTS).await;
    assert_eq!(ran.code, 0, "{}", ran.printed);
    let ran = scene
        .run(&[&AMOUNTS[..], &["--trails", "all"]].concat())
        .await;
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.json["findings"][0]["kind"], "evidence_differs",
        "{}",
        ran.printed
    );
    assert_eq!(ran.json["readAgain"], ran.json["rows"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_guessed() {
    let scene = Scene::of(
        "unit",
        ReportOptions {
            minor: true,
            ..ReportOptions::default()
        },
    )
    .await;
    let from = ["--from", "2026-01-01"];
    for (options, code, words) in [
        (vec![], "unit_not_given", "--amounts minor"),
        (
            vec!["--amounts", "major", "--from", "2026-01-01"],
            "unit_contradicted",
            "in minor units alone",
        ),
        (vec!["--amounts", "minor"], "period_not_given", "--from DAY"),
        (
            vec!["--amounts", "minor", "--from", "someday"],
            "bad_input",
            "2026-04-01",
        ),
        (
            vec!["--amounts", "minor", "--from", "2027-01-01"],
            "bad_input",
            "--to",
        ),
    ] {
        let ran = scene.run(&options).await;
        ran.could_not_run(code);
        assert!(ran.printed.contains(words), "{}", ran.printed);
        assert!(
            !ran.printed.contains("Books and reports"),
            "{}",
            ran.printed
        );
    }
    let both = scene.run(&[]).await;
    assert!(
        both.printed.contains("--from DAY"),
        "both are asked for at once: {}",
        both.printed
    );
    assert_eq!(
        scene
            .run(&[&["--amounts", "minor"], &from[..]].concat())
            .await
            .code,
        0
    );
    assert_eq!(
        scene
            .run(&["--amounts", "minor", "--from", "none"])
            .await
            .code,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_report_says_stays_text() {
    let scene = Scene::of("hostile", ReportOptions::default()).await;
    let (hostile, shown) = (
        "<script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    );
    for file in scene
        .files
        .iter()
        .filter(|file| file.contains("transactionItems"))
    {
        let text = std::fs::read_to_string(file).unwrap();
        std::fs::write(file, text.replace(",CAPTURE,", &format!(",{hostile},"))).unwrap();
    }
    let page = scene.folder.join("statement.html");
    let html = ["--html", page.to_str().unwrap()];
    let ran = scene.run(&[&AMOUNTS[..], &html].concat()).await;
    assert_eq!(ran.code, 1, "{}", ran.printed);
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(shown) && !page.contains("<script"), "escaped");
    assert!(!ran.printed.contains('\u{1b}'), "no orders to the terminal");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused() {
    let scene = Scene::of("refused", ReportOptions::default()).await;
    let whole = std::fs::read_to_string(&scene.files[0]).unwrap();
    let put = |name: &str, text: &str| {
        let file = scene.folder.join(name);
        std::fs::write(&file, text).unwrap();
        file.display().to_string()
    };
    let cut = put("cut.csv", &whole.replace("<END>", ""));
    let missing = scene.folder.join("nobody.csv").display().to_string();
    let folder = Path::new(&missing).parent().unwrap().display().to_string();
    for (file, code) in [
        (&cut, "incomplete"),
        (&missing, "unreadable"),
        (&folder, "unreadable"),
    ] {
        let ran = scene.run_on(&[&scene.files[0], file], &AMOUNTS).await;
        ran.could_not_run(code);
    }
    let unwritable = ["--html", "/no-such-folder/page.html"];
    let ran = scene.run(&[&AMOUNTS[..], &unwritable].concat()).await;
    assert_eq!(ran.code, 2);
    assert!(
        ran.printed.contains("/no-such-folder/page.html"),
        "{}",
        ran.printed
    );
}
