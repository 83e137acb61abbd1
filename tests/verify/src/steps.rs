//! The steps, cheapest first, so that a mistake shows early.

use crate::debian::{CHROMIUM, VALGRIND};
use crate::figures;
use crate::python::{Environment, FUZZ, LINT, SAM, SDK};
use crate::step::{Call, Figure, Program, Step};
use std::path::PathBuf;

/// What is checked with each change; thoroughly, what need not be checked each time too.
pub(crate) fn all(thorough: bool) -> Vec<Step> {
    let mut steps = vec![
        step("format", cargo("fmt --all --check")),
        template(),
        step(
            "clippy",
            cargo("clippy --workspace --all-targets --all-features --locked -- -D warnings"),
        ),
        Step {
            figure: Some(Figure {
                file: target().join("nextest/verify/junit.xml"),
                read: figures::tests,
            }),
            ..step(
                "tests",
                cargo(
                    "nextest run --config-file tests/verify/nextest.toml --profile verify --workspace --all-features --locked",
                ),
            )
        },
        step(
            "doc-tests",
            cargo("test --workspace --doc --all-features --locked"),
        ),
        step(
            "docs",
            Call {
                environment: vec![("RUSTDOCFLAGS", "-D warnings".into())],
                ..cargo("doc --workspace --no-deps --all-features --locked")
            },
        ),
        step(
            "licences",
            Call {
                program: Program::Cargo {
                    optional: Some("deny"),
                },
                ..cargo("deny --offline check licenses bans sources")
            },
        ),
    ];
    steps.extend([
        crash_matrix(),
        simulation(if thorough { 10_000 } else { 4_000 }),
        reconciliation(),
        api(),
        official_sdk(),
        browser(),
        instructions(if thorough { "" } else { " --only notify" }),
    ]);
    steps.push(rehearsal(
        "rehearsal",
        "--payments 60 --seed 7 --faults light",
    ));
    if thorough {
        steps.push(fuzzing());
        steps.push(rehearsal(
            "sam-deploy",
            "--payments 5 --seed 8 --deploy-with sam",
        ));
    }
    steps
}

/// What linters and scanners say of the template: nothing, but for what it suppresses with a reason.
fn template() -> Step {
    let python = |environment: &'static Environment, program, arguments| Call {
        program: Program::Python(environment, program),
        ..cargo(arguments)
    };
    // checkov would otherwise ask its maker's service.
    let scan = "-f template.yaml --framework cloudformation --compact --quiet --skip-download";
    Step {
        name: "template",
        calls: vec![
            python(&LINT, "cfn-lint", "template.yaml"),
            python(&LINT, "checkov", scan),
            Call {
                environment: vec![
                    ("AWS_DEFAULT_REGION", "eu-central-1".into()),
                    ("SAM_CLI_TELEMETRY", "0".into()),
                ],
                ..python(&SAM, "sam", "validate --lint --template template.yaml")
            },
        ],
        figure: None,
    }
}

/// Every step of every flow, each with every fault.
fn crash_matrix() -> Step {
    let file = target().join("verify/crash-matrix.json");
    let arguments = format!("--json {}", file.display());
    Step {
        name: "crash-matrix",
        calls: vec![
            build("crash-matrix"),
            run(binary("crash-matrix"), &arguments),
        ],
        figure: Some(Figure {
            file,
            read: figures::crash_matrix,
        }),
    }
}

/// Random storms of faults over simulated weeks.
fn simulation(seeds: u32) -> Step {
    let file = target().join("verify/simulation.json");
    let arguments = format!("--seeds {seeds} --json {}", file.display());
    Step {
        name: "simulation",
        calls: vec![build("simulate"), run(binary("simulate"), &arguments)],
        figure: Some(Figure {
            file,
            read: figures::simulation,
        }),
    }
}

/// The provider's reports with something wrong in them, for some seeds.
fn reconciliation() -> Step {
    let file = target().join("verify/reconciliation.json");
    let arguments = format!("--part seeds --seeds 40 --json {}", file.display());
    Step {
        name: "reconciliation",
        calls: vec![
            build("reconcile-check"),
            run(binary("reconcile-check"), &arguments),
        ],
        figure: Some(Figure {
            file,
            read: figures::reconciliation,
        }),
    }
}

/// Every reader of outside input, for some seconds each. The tables of hostile messages are among the tests.
fn fuzzing() -> Step {
    let file = target().join("verify/hostile.json");
    let arguments = format!("--seconds 5 --only-fuzzing --json {}", file.display());
    Step {
        name: "fuzzing",
        calls: vec![build("hostile"), run(binary("hostile"), &arguments)],
        figure: Some(Figure {
            file,
            read: figures::fuzzing,
        }),
    }
}

/// Generated requests by the API's own document.
fn api() -> Step {
    let (shop, folder) = (binary("shop"), target().join("verify/api"));
    let figure = Figure {
        file: folder.join("summary.txt"),
        read: figures::line,
    };
    Step {
        name: "api",
        calls: vec![
            build("shop"),
            Call {
                program: Program::Python(&FUZZ, "python"),
                arguments: words(&format!("tests/api/run.py {shop} {}", folder.display())),
                ..cargo("")
            },
        ],
        figure: Some(figure),
    }
}

/// The provider's own SDK against the simulator: a witness that was not written here.
fn official_sdk() -> Step {
    let (simulator, summary) = (
        binary("simulator"),
        target().join("verify/official-sdk.txt"),
    );
    let figure = Figure {
        file: summary.clone(),
        read: figures::line,
    };
    Step {
        name: "official-sdk",
        calls: vec![
            build("simulator"),
            Call {
                program: Program::Python(&SDK, "python"),
                arguments: words(&format!(
                    "tests/official-sdk/talk.py {simulator} {}",
                    summary.display()
                )),
                ..cargo("")
            },
        ],
        figure: Some(figure),
    }
}

/// The card page in a real browser.
fn browser() -> Step {
    let report = target().join("verify/browser.tap");
    let npm = |arguments: &str| Call {
        program: Program::Npm,
        folder: "tests/browser",
        needs: Some(&CHROMIUM),
        ..cargo(arguments)
    };
    // A second report beside the one for people: npm runs in the tests' folder, two levels down.
    let reports = format!(
        "test -- --test-reporter-destination=stdout --test-reporter=tap --test-reporter-destination={}",
        from_browser_tests(&report).display()
    );
    Step {
        name: "browser",
        calls: vec![
            build("shop"),
            npm("ci --no-audit --no-fund"),
            Call {
                environment: vec![("SHOP", binary("shop"))],
                ..npm(&reports)
            },
        ],
        figure: Some(Figure {
            file: report,
            read: figures::browser,
        }),
    }
}

/// What the functions cost in instructions and bytes, against what is checked in.
fn instructions(which: &str) -> Step {
    let file = target().join("verify/instructions.json");
    let arguments = format!("--instructions --alone --json {}{which}", file.display());
    Step {
        name: "instructions",
        calls: vec![
            build("bench-functions"),
            Call {
                needs: Some(&VALGRIND),
                ..run(binary("bench-functions"), &arguments)
            },
        ],
        figure: Some(Figure {
            file,
            read: figures::instructions,
        }),
    }
}

/// The whole stack, from the template to the books. A port of their own, so that a rehearsal that somebody looks at is
/// not in the way.
fn rehearsal(name: &'static str, arguments: &str) -> Step {
    let file = target().join(format!("{name}.json"));
    let arguments = format!(
        "--headless {arguments} --port 8490 --json {}",
        file.display()
    );
    Step {
        name,
        calls: vec![build("rehearsal"), run(binary("rehearsal"), &arguments)],
        figure: Some(Figure {
            file,
            read: figures::rehearsal,
        }),
    }
}

fn step(name: &'static str, call: Call) -> Step {
    Step {
        name,
        calls: vec![call],
        figure: None,
    }
}

fn cargo(arguments: &str) -> Call {
    Call {
        program: Program::Cargo { optional: None },
        arguments: words(arguments),
        folder: ".",
        environment: Vec::new(),
        needs: None,
    }
}

/// A program that was built before.
fn run(program: String, arguments: &str) -> Call {
    Call {
        program: Program::Built(program),
        ..cargo(arguments)
    }
}

/// With the features of the whole workspace, as everything else is built: other features mean other builds of the AWS
/// clients.
fn build(binary: &str) -> Call {
    cargo(&format!(
        "build --workspace --all-features --locked --bin {binary}"
    ))
}

fn binary(name: &str) -> String {
    target().join("debug").join(name).display().to_string()
}

/// Cargo's folder, seen from the project's root.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}

fn from_browser_tests(path: &std::path::Path) -> PathBuf {
    std::path::Path::new("../..").join(path) // an absolute path stays as it is
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
