//! The program, run.

use crate::fields;
use serde_json::Value;
use std::process::Command;

/// What came of a run, for people and for machines.
pub(crate) struct Ran {
    pub code: i32,
    /// Standard output and error output of the run for people.
    pub printed: String,
    /// Standard output of the run with `--json`.
    pub json: Value,
}

impl Ran {
    /// It ended with 2 and this code.
    pub(crate) fn could_not_run(&self, code: &str) {
        assert_eq!(
            (self.code, &self.json["error"]["code"]),
            (2, &code.into()),
            "{}",
            self.printed
        );
    }
}

/// How the program is run: further arguments, and the whole environment.
#[derive(Clone, Default)]
pub(crate) struct Runner {
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
}

impl Runner {
    /// Runs it twice, for people and for machines. Both must end alike.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        let (people, machines) = (self.output(arguments, false), self.output(arguments, true));
        let (people, machines) = (people.await, machines.await);
        assert_eq!(
            people.status, machines.status,
            "{arguments:?}: {people:?} {machines:?}"
        );
        let printed = [people.stdout, people.stderr].concat();
        Ran {
            code: people.status.code().unwrap(),
            printed: String::from_utf8(printed).unwrap(),
            json: serde_json::from_slice(&machines.stdout).unwrap_or_default(),
        }
    }

    /// Runs it once, for people: what changes something.
    pub(crate) async fn once(&self, arguments: &[&str], json: bool) -> (i32, String) {
        let output = self.output(arguments, json).await;
        let printed = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(printed).unwrap(),
        )
    }

    async fn output(&self, arguments: &[&str], json: bool) -> std::process::Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_popctl"));
        command
            .args(arguments)
            .args(&self.arguments)
            .args(json.then_some("--json"))
            .env_clear()
            .envs(self.environment.clone())
            .env("USER", "ada");
        let output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        if json {
            fields::hold(arguments[0], &output.stdout);
        }
        output
    }
}
