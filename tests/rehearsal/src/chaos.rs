//! Chaos: buyers and the merchant go on while AWS is in a storm, the provider down for hours, the address for
//! notifications wrong for a day, and all of it at once; functions are killed all along. Then everything heals, and what is left must settle.

mod aws;
mod phases;
mod pop;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;
use tokio::task::JoinHandle;

use crate::args::Args;
use crate::clock::Clock;
use crate::killer::{Killer, Pace};
use crate::proxy::Proxy;
use crate::records::Account;
use crate::scenario::{self, Doors, Plan, Visit};
use crate::stack::Stack;
use crate::steps::{Progress, Steps, round};
use crate::workspace::Workspace;
use aws::AwsWeather;
use phases::{PHASES, Phase, Trouble};
use pop::PopWeather;

/// What this is, for the page of figures.
pub(crate) const WHAT_IT_IS: &str = "
The real template and the real binaries on the emulator, with buyers and a merchant who go on whatever happens. Between the
functions and AWS stands a proxy that by seed throttles, cancels transactions, answers 500 and 503, hangs, cuts connections before
and after the request took effect, and delivers messages twice. Another stands before the provider. The time of day of the
emulator, the functions and the provider is one clock, which is turned forward: the hours and days below are theirs. Function
processes are killed with SIGKILL from the first order to the last phase's end, and the provider misbehaves as with
`--faults heavy` all the time. Then everything heals, the clock goes on until nothing is open and for a day after that, and
everything is compared: the rows, their evidence, the order events, the provider's books. The seed decides what is drawn; what it
meets also depends on the machine.
";

/// How often something was done, by its name.
pub(crate) type Counts = BTreeMap<&'static str, u64>;

/// So long the stack works between two turns of the clock. The emulator looks at its schedules each second.
const AFTER_A_TURN: Duration = Duration::from_millis(2200);
/// The sweep's schedule: no shorter turn would bring it on.
const LEAST_TURN: Duration = Duration::from_secs(61);
/// The longest turn while payments settle.
const MOST_TURN: Duration = Duration::from_secs(6 * 3600);
/// Looks in a row without an open row: a late notification may still open one.
const QUIET_LOOKS: u32 = 3;
/// After everything is settled, so many turns of so long show that nothing opens again.
const AFTERWARDS: (u32, Duration) = (6, Duration::from_secs(4 * 3600));

/// What stands between the parts of the stack, and its clock.
pub(crate) struct Troubles {
    pub(crate) clock: Arc<Clock>,
    aws: Arc<AwsWeather>,
    aws_proxy: Proxy,
    pop: Arc<PopWeather>,
    pop_proxy: Option<Proxy>,
}

impl Troubles {
    /// Makes the clock and the proxy before the emulator, which need not run yet.
    pub(crate) async fn prepare(
        seed: u64,
        workspace: &Workspace,
        clock_library: &Path,
        emulator: &str,
    ) -> anyhow::Result<Self> {
        let aws = Arc::new(AwsWeather::new(seed));
        Ok(Self {
            clock: Arc::new(Clock::new(workspace, clock_library)?),
            aws_proxy: Proxy::start(emulator, aws.clone()).await?,
            aws,
            pop: Arc::new(PopWeather::new(seed)),
            pop_proxy: None,
        })
    }

    /// Where the functions find AWS.
    pub(crate) fn aws_url(&self) -> &str {
        self.aws_proxy.url()
    }

    /// Stands before the provider at `url`; where the functions find it.
    pub(crate) async fn stand_before(&mut self, url: &str) -> anyhow::Result<String> {
        let proxy = Proxy::start(url, self.pop.clone()).await?;
        let here = proxy.url().to_owned();
        self.pop_proxy = Some(proxy);
        Ok(here)
    }
}

/// What happened in one phase.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PhaseReport {
    pub(crate) phase: &'static str,
    pub(crate) seconds: f64,
    /// By the stack's clock.
    pub(crate) simulated_seconds: u64,
    /// Orders carried out in it.
    pub(crate) orders: u64,
    pub(crate) aws_faults: Counts,
    pub(crate) provider_unreachable: Counts,
    pub(crate) notifications_astray: u64,
    pub(crate) functions_killed: u64,
    /// Payments with something outstanding at its end.
    pub(crate) open_at_end: u64,
}

/// How the stack came to rest.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Healing {
    /// From the end of all troubles until nothing was open.
    pub(crate) settled_after_seconds: f64,
    /// The same by the stack's clock.
    pub(crate) settled_after_simulated_seconds: u64,
    /// Payments that were open when the troubles ended.
    pub(crate) open_before: u64,
    /// A day later.
    pub(crate) open_a_day_later: u64,
}

/// What chaos leaves behind.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) phases: Vec<PhaseReport>,
    pub(crate) healing: Healing,
    /// How far the stack's clock was turned in all.
    pub(crate) simulated_hours: f64,
}

/// What is left of a run with chaos.
pub(crate) struct Played {
    pub(crate) visits: Vec<Visit>,
    pub(crate) stuck: u64,
    pub(crate) killed: u64,
    pub(crate) report: Report,
}

/// Sends all buyers through the phases, heals everything and waits until all is settled.
pub(crate) async fn play(
    args: &Args,
    stack: &Stack<'_>,
    troubles: &Troubles,
    plans: &[Plan],
    steps: &mut Steps,
) -> anyhow::Result<Played> {
    let mut director = Director {
        stack,
        troubles,
        account: Account::new(&stack.emulator.endpoint(), &stack.outputs),
        doors: Doors::shut(),
        killer: Killer::start(args.seed, stack.emulator.id(), Pace::CHAOS),
        admitted: 0,
    };
    let shoppers = director.shoppers(plans);
    let mut phases = Vec::new();
    for (number, phase) in PHASES.iter().enumerate() {
        let until = plans.len() * (number + 1) / PHASES.len();
        let report = steps
            .run(phase.name, async |progress| {
                director.phase(phase, until, &progress).await
            })
            .await?;
        phases.push(report);
    }
    let killed = director.killer.killed();
    let Director {
        account, killer, ..
    } = director;
    drop(killer);
    let limit = Duration::from_secs(args.settle_limit);
    let rest = Rest {
        stack,
        troubles,
        account,
        limit,
    };
    let (visits, healing) = steps
        .run("Everything heals and settles", async |progress| {
            rest.settle(shoppers, &progress).await
        })
        .await?;
    Ok(Played {
        visits,
        stuck: healing.open_a_day_later,
        killed,
        report: Report {
            phases,
            healing,
            simulated_hours: round(troubles.clock.ahead().as_secs_f64() / 3600.0),
        },
    })
}

type Shoppers = JoinHandle<anyhow::Result<Vec<Visit>>>;

/// Leads through the phases.
struct Director<'a> {
    stack: &'a Stack<'a>,
    troubles: &'a Troubles,
    account: Account,
    doors: Doors,
    killer: Killer,
    admitted: usize,
}

impl Director<'_> {
    /// The buyers and the merchant, who go about their business whatever happens.
    fn shoppers(&self, plans: &[Plan]) -> Shoppers {
        let (plans, doors) = (plans.to_vec(), self.doors.clone());
        let url = self.stack.front.url().to_owned();
        let api_key = self.stack.secrets.api_key().to_owned();
        let challenges = self.stack.provider.challenges();
        tokio::spawn(async move {
            let unseen = Progress::hidden();
            scenario::run(&plans, &url, &api_key, &challenges, &doors, &unseen).await
        })
    }

    /// One phase: its trouble begins, its buyers come and go, its hours pass, its trouble ends.
    async fn phase(
        &mut self,
        phase: &Phase,
        admit_until: usize,
        progress: &Progress,
    ) -> anyhow::Result<PhaseReport> {
        let (started, ahead) = (Instant::now(), self.troubles.clock.ahead());
        let (killed, served) = (self.killer.killed(), self.doors.served());
        let astray = self.astray();
        self.set(phase.trouble, true);
        self.doors.admit(admit_until.saturating_sub(self.admitted));
        self.admitted = admit_until.max(self.admitted);
        self.serve(phase, admit_until as u64, progress).await;
        self.let_hours_pass(phase, progress).await?;
        self.set(phase.trouble, false);
        let turned = self.troubles.clock.ahead().saturating_sub(ahead);
        Ok(PhaseReport {
            phase: phase.name,
            seconds: round(started.elapsed().as_secs_f64()),
            simulated_seconds: (turned + started.elapsed()).as_secs(),
            orders: self.doors.served() - served,
            aws_faults: self.troubles.aws.take_counts(),
            provider_unreachable: self.troubles.pop.take_counts(),
            notifications_astray: self.astray() - astray,
            functions_killed: self.killer.killed() - killed,
            open_at_end: self.account.progress().await?.open,
        })
    }

    fn set(&self, trouble: Trouble, on: bool) {
        match trouble {
            Trouble::None => {}
            Trouble::AwsStorm => self.troubles.aws.storm(on),
            Trouble::ProviderDown => self.troubles.pop.down(on),
            Trouble::WrongAddress => self.stack.front.mislead_notifications(on),
            Trouble::All => {
                self.troubles.aws.storm(on);
                self.troubles.pop.down(on);
                self.stack.front.mislead_notifications(on);
            }
        }
    }

    fn astray(&self) -> u64 {
        let answers = self.stack.front.answers();
        answers.get("POST /notify 404").copied().unwrap_or_default()
    }

    /// Until the buyers of this phase are gone. Some wait for something that this phase does not bring: they come later.
    async fn serve(&self, phase: &Phase, until: u64, progress: &Progress) {
        let started = Instant::now();
        progress.of(until);
        while started.elapsed() < phase.at_least
            || (self.doors.served() < until && started.elapsed() < phase.at_most)
        {
            let killed = self.killer.killed();
            progress.at(
                self.doors.served(),
                format_args!("orders, {killed} functions killed"),
            );
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// Nobody is in the shop while hours pass in seconds: no buyer waits so long.
    async fn let_hours_pass(&self, phase: &Phase, progress: &Progress) -> anyhow::Result<()> {
        if phase.turns == 0 {
            return Ok(());
        }
        let _closed = self.doors.closed().await;
        progress.of(phase.turns.into());
        for turn in 1..=phase.turns {
            turn_the_clock(self.stack, self.troubles, phase.turn).await?;
            let hours = self.troubles.clock.ahead().as_secs() / 3600;
            progress.at(turn.into(), format_args!("turns of the clock, {hours} h"));
        }
        Ok(())
    }
}

async fn turn_the_clock(
    stack: &Stack<'_>,
    troubles: &Troubles,
    by: Duration,
) -> anyhow::Result<()> {
    troubles.clock.turn(by)?;
    stack.provider.look_at_the_clock().await?;
    tokio::time::sleep(AFTER_A_TURN).await;
    Ok(())
}

/// After the troubles.
struct Rest<'a> {
    stack: &'a Stack<'a>,
    troubles: &'a Troubles,
    account: Account,
    limit: Duration,
}

impl Rest<'_> {
    /// Turns the clock on from one due time to the next until nothing is open, and then a day further.
    async fn settle(
        &self,
        shoppers: Shoppers,
        progress: &Progress,
    ) -> anyhow::Result<(Vec<Visit>, Healing)> {
        let (started, ahead) = (Instant::now(), self.troubles.clock.ahead());
        let mut healing = Healing {
            open_before: self.account.progress().await?.open,
            ..Healing::default()
        };
        let mut quiet = 0;
        while quiet < QUIET_LOOKS && started.elapsed() < self.limit {
            let now = self.account.progress().await?;
            progress.say(format_args!("{} open, {} settled", now.open, now.settled));
            let done = now.open == 0 && shoppers.is_finished();
            quiet = if done { quiet + 1 } else { 0 };
            // While buyers and the merchant are about, no longer than they bear.
            let by = match now.next_due {
                Some(due) if shoppers.is_finished() => until(due),
                _ => LEAST_TURN,
            };
            turn_the_clock(self.stack, self.troubles, by).await?;
        }
        healing.settled_after_seconds = round(started.elapsed().as_secs_f64());
        let turned = self.troubles.clock.ahead().saturating_sub(ahead);
        healing.settled_after_simulated_seconds = (turned + started.elapsed()).as_secs();
        for _ in 0..AFTERWARDS.0 {
            turn_the_clock(self.stack, self.troubles, AFTERWARDS.1).await?;
        }
        healing.open_a_day_later = self.account.progress().await?.open;
        let visits = tokio::time::timeout(self.limit, shoppers).await;
        let visits = visits
            .context("a buyer or the merchant did not come to an end")?
            .context("the buyers' task failed")??;
        Ok((visits, healing))
    }
}

/// From now until a time of the stack's clock, within the limits of a turn.
fn until(due_ms: i64) -> Duration {
    let wait = due_ms.saturating_sub(crate::clock::now_ms());
    let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(0));
    wait.clamp(LEAST_TURN, MOST_TURN)
}

impl Report {
    /// For people.
    pub(crate) fn lines(&self) -> Vec<(String, String)> {
        let mut lines = vec![(
            "chaos".to_owned(),
            format!("{} h simulated", self.simulated_hours),
        )];
        for phase in &self.phases {
            let sum = |counts: &Counts| counts.values().sum::<u64>();
            let words = format!(
                "{} orders, {} AWS faults, {} calls and {} notifications astray, {} killed, {} open after",
                phase.orders,
                sum(&phase.aws_faults),
                sum(&phase.provider_unreachable),
                phase.notifications_astray,
                phase.functions_killed,
                phase.open_at_end
            );
            lines.push((
                format!("  {:.0} s", phase.seconds),
                format!("{}: {words}", phase.phase),
            ));
        }
        let healing = &self.healing;
        let words = format!(
            "{} open; settled after {:.0} s, {} s by the stack's clock; a day later {} open",
            healing.open_before,
            healing.settled_after_seconds,
            healing.settled_after_simulated_seconds,
            healing.open_a_day_later
        );
        lines.push(("  healed".to_owned(), words));
        lines
    }
}
