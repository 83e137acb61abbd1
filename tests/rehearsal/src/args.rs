//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use serde::Serialize;

/// Rehearses the whole stack on this machine: the real template.yaml and the real function binaries on an AWS
/// emulator, with a simulated provider.
///
/// Without --headless it stays up, prints card pages on which a person can pay with test cards, shows the order events
/// as they come, and ends with Ctrl-C. With --headless buyers and a merchant go through it: payments with typed and
/// stored cards, with and without the buyer, captures, cancellations, refunds, further tries and two payments of one
/// order. It waits until every one is settled, compares the table, the order events and the provider's books, prints
/// a table and exits. With --chaos AWS fails, the provider is down and notifications go astray meanwhile; with --flood
/// the provider sends more notifications than the stack can take at once.
#[derive(Parser, Debug, Clone)]
#[command(name = "cargo rehearse", bin_name = "cargo rehearse", version, after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Run a scenario, audit it and exit
    #[arg(long)]
    pub(crate) headless: bool,

    /// Payments in the scenario
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=5000))]
    pub(crate) payments: u32,

    /// Decides everything that is drawn: the payments, the faults, what is killed when
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(crate) seed: u64,

    /// How badly the provider, the network and the functions behave [default: none; with --chaos: heavy]
    #[arg(long, value_enum)]
    pub(crate) faults: Option<Faults>,

    /// Five phases: calm; AWS in a storm; the provider down for hours; notifications astray for a day; all at once.
    /// Functions are killed all along. Then everything heals
    #[arg(long, requires = "headless")]
    pub(crate) chaos: bool,

    /// Chaos once for each of these seeds, on a fresh stack
    #[arg(
        long,
        value_name = "S,S",
        value_delimiter = ',',
        requires = "chaos",
        conflicts_with = "seed"
    )]
    pub(crate) seeds: Vec<u64>,

    /// Replace every key while payments run, step by step as docs/rotation.md says
    #[arg(long, requires = "headless", conflicts_with_all = ["chaos", "flood"])]
    pub(crate) rotate: bool,

    /// Send N notifications as fast as the stack answers: half of them repetitions, a tenth forged
    #[arg(long, value_name = "N", requires = "headless", conflicts_with_all = ["chaos", "faults", "payments"],
        value_parser = clap::value_parser!(u32).range(20..=200_000))]
    pub(crate) flood: Option<u32>,

    /// A time of day of the stack's own, which you turn forward by making a file longer
    #[arg(long, conflicts_with = "headless")]
    pub(crate) clock: bool,

    /// Write what came of --chaos or --flood into docs/reliability.md
    #[arg(long, requires = "headless")]
    pub(crate) write_docs: bool,

    /// Write the figures to FILE as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Port of the public URL on 127.0.0.1
    #[arg(long, default_value_t = 8480, value_name = "PORT")]
    pub(crate) port: u16,

    /// Port of the AWS emulator on 127.0.0.1 [default: 4566, or a free one if that is taken]
    #[arg(long, value_name = "PORT")]
    pub(crate) emulator_port: Option<u16>,

    /// What deploys the template: our script, or `sam deploy` of the SAM CLI (installed into the cache when first asked for)
    #[arg(long, value_enum, default_value_t = DeployWith::Script)]
    pub(crate) deploy_with: DeployWith,

    /// Seconds to wait, after the last buyer is gone, for all payments to settle
    #[arg(long, default_value_t = 480, value_name = "SECONDS")]
    pub(crate) settle_limit: u64,
}

const AFTER_HELP: &str = "\
Chaos and flood:
  --headless --chaos [--payments 30 --seeds 7,8] [--write-docs]
  --headless --flood 20000 [--write-docs]

A clock to turn, a minute here; the stack has done a minute's work some two seconds later:
  --clock, and then   truncate -s +60 .cache/rehearsal/run/clock

Keys replaced while payments run:
  --headless --rotate [--payments 60]

Faults:
  none   everything works
  light  a third of heavy, and nothing is killed
  heavy  notifications never sent 20 %, sent twice 20 %, late 20 %, forged ones for 10 % of the payments, answers lost
         after processing 10 %, HTTP errors and UNKNOWN_EXCEPTION 10 %, broken and unsigned answers, and function
         processes killed in mid-flight

Exit codes:
  0  every payment ended right
  1  differences were found; the table and the JSON say which
  2  the stack could not be set up; the message says what to do

What it needs: Linux, python3 with venv, the Rust toolchain, and on the first run the package index of Python.
Everything is kept under .cache/rehearsal and listens on 127.0.0.1 only; logs of the last run are in
.cache/rehearsal/run.";

impl Args {
    /// How badly the provider behaves.
    pub(crate) fn faults(&self) -> Faults {
        self.faults.unwrap_or(match self.chaos {
            true => Faults::Heavy,
            false => Faults::None,
        })
    }

    /// These arguments once for each seed.
    pub(crate) fn of_each_seed(&self) -> Vec<Self> {
        let with = |seed: &u64| Self {
            seed: *seed,
            ..self.clone()
        };
        match self.seeds.as_slice() {
            [] => vec![self.clone()],
            seeds => seeds.iter().map(with).collect(),
        }
    }
}

/// How badly things behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Faults {
    /// Everything works.
    None,
    /// A third of heavy; nothing is killed.
    Light,
    /// A very bad day.
    Heavy,
}

impl Faults {
    /// The word of the command line, here and at the simulator.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Light => "light",
            Self::Heavy => "heavy",
        }
    }
}

/// What deploys the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeployWith {
    /// `cloud.py`.
    Script,
    /// The SAM CLI.
    Sam,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_command_line_is_understood() {
        let words = "rehearse --headless --payments 300 --seed 1 --faults heavy --json out.json";
        let args = Args::try_parse_from(words.split(' ')).unwrap();
        assert!(args.headless);
        assert_eq!(
            (args.payments, args.seed, args.faults()),
            (300, 1, Faults::Heavy)
        );
        assert_eq!(args.json, Some(PathBuf::from("out.json")));
        assert_eq!((args.port, args.deploy_with), (8480, DeployWith::Script));
        assert!(Args::try_parse_from(["rehearse", "--faults", "some"]).is_err());
    }

    #[test]
    fn chaos_is_heavy_and_runs_once_for_each_seed() {
        let parse = |words: &str| Args::try_parse_from(words.split(' '));
        let args = parse("rehearse --headless --chaos --seeds 7,8 --write-docs").unwrap();
        assert_eq!(args.faults(), Faults::Heavy);
        let seeds = args.of_each_seed();
        let seeds: Vec<u64> = seeds.iter().map(|args| args.seed).collect();
        assert_eq!(seeds, [7, 8]);
        let one = parse("rehearse --headless --chaos --seed 3").unwrap();
        assert_eq!(one.of_each_seed()[0].seed, 3);
        for wrong in [
            "rehearse --chaos",
            "rehearse --headless --seeds 1,2",
            "rehearse --headless --chaos --flood 100",
            "rehearse --headless --clock",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_simulator_knows_our_words_for_faults() {
        for faults in [Faults::None, Faults::Light, Faults::Heavy] {
            assert!(faults.word().parse::<simulator::FaultLevel>().is_ok());
        }
    }
}
