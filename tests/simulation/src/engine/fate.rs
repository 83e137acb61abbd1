//! What becomes of a step: every call of a function to the table, a queue or the provider is one.

use domain::Time;

/// What a step reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Port {
    /// DynamoDB.
    Table,
    /// SQS.
    Queue,
    /// POP.
    Provider,
}

/// A step that is about to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The function that takes it.
    pub function: &'static str,
    /// What it reaches.
    pub port: Port,
    /// The call, as the port names it.
    pub call: &'static str,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// It succeeds.
    Through,
    /// The function dies before it.
    KilledBefore,
    /// It takes effect, and the function dies before it learns that.
    KilledAfter,
    /// It fails and changes nothing.
    Refused,
    /// Another transaction stands in the way at the same moment: nothing changes, and the answer says "conflict". What
    /// writes nothing to the table just fails.
    Conflict,
    /// It takes effect, and its answer is lost or comes too late.
    Lost,
    /// It takes effect twice, as when a lost request is repeated below us; the second answer is what is seen.
    Twice,
}

impl Fate {
    /// All that can go wrong.
    pub const FAULTS: [Self; 6] = [
        Self::KilledBefore,
        Self::KilledAfter,
        Self::Refused,
        Self::Conflict,
        Self::Lost,
        Self::Twice,
    ];

    /// The words in tables.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Through => "succeeds",
            Self::KilledBefore => "killed before",
            Self::KilledAfter => "killed after",
            Self::Refused => "fails",
            Self::Conflict => "meets a conflict",
            Self::Lost => "takes effect, answer lost",
            Self::Twice => "done twice",
        }
    }
}

/// A fate, and how long the way takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// What becomes of the step.
    pub fate: Fate,
    /// Milliseconds until it takes effect.
    pub there_ms: i64,
    /// Milliseconds from there to its answer.
    pub back_ms: i64,
}

impl Passage {
    /// Succeeds.
    #[must_use]
    pub fn through(there_ms: i64, back_ms: i64) -> Self {
        Self {
            fate: Fate::Through,
            there_ms,
            back_ms,
        }
    }
}

/// Decides the fate of every step.
pub trait Fates: Send {
    /// Asked once for each step, in the order in which they begin.
    fn of(&mut self, point: &Point, now: Time) -> Passage;
}
