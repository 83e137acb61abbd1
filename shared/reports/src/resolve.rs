//! Finding the payment of each line by its ids, one kind of id after the other, without holding either side: in each
//! round, both sides stand in partitions by the id.

use crate::fault::Fault;
use crate::line::Line;
use crate::ours::{Name, Ours, Space};
use crate::partitions::{NewStream, PARTITIONS, Partitions};
use crate::transaction::TransactionType;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;

/// Kinds of ids by which a line is looked for, in order.
const ROUNDS: usize = 6;

/// Marks of a name.
const HAS_MONEY: u8 = 1;
const IS_ORDER: u8 = 2;

/// Both sides on their way to each other.
pub(crate) struct Resolver {
    names: Partitions,
    rows: Partitions,
    pending: Vec<Partitions>,
    grouped: Partitions,
}

/// Who a name belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    One { key: Name, has_money: bool },
    Several,
}

impl Resolver {
    pub(crate) fn new(new_stream: &mut NewStream) -> io::Result<Self> {
        let mut set = || new_stream().map(Partitions::new);
        Ok(Self {
            names: set()?,
            rows: set()?,
            pending: (0..ROUNDS).map(|_| set()).collect::<io::Result<_>>()?,
            grouped: set()?,
        })
    }

    /// How many payments of ours there are.
    pub(crate) fn rows(&self) -> u64 {
        self.rows.records()
    }

    /// A payment of ours.
    pub(crate) fn row(&mut self, ours: &Ours) -> Result<(), Fault> {
        let key = ours.key();
        let mut marks = 0;
        if ours.has_captured() {
            marks |= HAS_MONEY;
        }
        let order = ours
            .order
            .as_ref()
            .map(|order| Name::of(Space::Order, order.as_str()));
        for name in ours.names() {
            let marks = if Some(name) == order {
                marks | IS_ORDER
            } else {
                marks
            };
            let mut body = [0; Name::LENGTH + 1];
            body[..Name::LENGTH].copy_from_slice(&key.0);
            body[Name::LENGTH] = marks;
            self.names
                .put(name.partition(), &name.0, &body)
                .map_err(Fault::Temporary)?;
        }
        let record = encoded(ours)?;
        self.rows
            .put(key.partition(), &key.0, &record)
            .map_err(Fault::Temporary)
    }

    /// A line.
    pub(crate) fn line(&mut self, line: &Line) -> Result<(), Fault> {
        let record = encoded(line)?;
        match line.what.is_of_a_payment() {
            true => self.ask(line, &record, 0),
            false => self.group(Name::of(Space::Unknown, &stranger(line)), &record),
        }
    }

    /// Puts a line where its next id is looked for, or among the strangers.
    fn ask(&mut self, line: &Line, record: &[u8], from: usize) -> Result<(), Fault> {
        let ids = line.asks();
        let next = (from..ROUNDS).find_map(|round| Some((round, ids[round]?)));
        match next {
            Some((round, name)) => self.pending[round]
                .put(name.partition(), &name.0, record)
                .map_err(Fault::Temporary),
            None => self.group(Name::of(Space::Unknown, &stranger(line)), record),
        }
    }

    fn group(&mut self, key: Name, record: &[u8]) -> Result<(), Fault> {
        self.grouped
            .put(key.partition(), &key.0, record)
            .map_err(Fault::Temporary)
    }

    /// Works off one round's partition.
    fn answer(&mut self, round: usize, partition: usize) -> Result<(), Fault> {
        let mut asked: Vec<(Name, Vec<u8>)> = Vec::new();
        self.pending[round].each(partition, |record| {
            let (name, line) = Name::split(record).ok_or_else(broken)?;
            asked.push((name, line.to_vec()));
            Ok::<_, Failed>(())
        })?;
        if asked.is_empty() {
            return Ok(());
        }
        let owners = self.owners(partition)?;
        for (name, record) in asked {
            match owners.get(&name) {
                Some(Owner::One { key, .. }) => self.group(*key, &record)?,
                Some(Owner::Several) | None => self.ask(&decoded(&record)?, &record, round + 1)?,
            }
        }
        Ok(())
    }

    /// Who the names of a partition belong to. An order has several attempts: the one with money stands for it.
    fn owners(&mut self, partition: usize) -> Result<HashMap<Name, Owner>, Fault> {
        let mut owners = HashMap::new();
        self.names.each(partition, |record| {
            let (name, rest) = Name::split(record).ok_or_else(broken)?;
            let (key, marks) = Name::split(rest).ok_or_else(broken)?;
            let marks = marks.first().copied().unwrap_or(0);
            let new = Owner::One {
                key,
                has_money: marks & HAS_MONEY != 0,
            };
            match owners.entry(name) {
                Entry::Vacant(free) => {
                    free.insert(new);
                }
                Entry::Occupied(mut taken) => {
                    let both = taken.get().or(new, marks & IS_ORDER != 0);
                    taken.insert(both);
                }
            }
            Ok::<_, Failed>(())
        })?;
        Ok(owners)
    }

    /// Finds the payment of every line. `done` is told after each partition of each round.
    pub(crate) fn resolve(&mut self, done: &mut dyn FnMut()) -> Result<(), Fault> {
        for round in 0..ROUNDS {
            for partition in 0..PARTITIONS {
                self.answer(round, partition)?;
                done();
            }
        }
        Ok(())
    }

    /// How often [`Resolver::resolve`] tells that something is done.
    pub(crate) const STEPS: usize = ROUNDS * PARTITIONS;

    /// Our payments of a partition.
    pub(crate) fn each_row(
        &mut self,
        partition: usize,
        mut take: impl FnMut(Name, Ours),
    ) -> Result<(), Fault> {
        self.rows.each(partition, |record| {
            let (key, body) = Name::split(record).ok_or_else(broken)?;
            take(key, decoded(body)?);
            Ok::<_, Failed>(())
        })?;
        Ok(())
    }

    /// The lines of a partition, by payment; those of payments that we do not have under names of their own.
    pub(crate) fn each_line(
        &mut self,
        partition: usize,
        mut take: impl FnMut(Name, Line) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.grouped.each(partition, |record| {
            let (key, body) = Name::split(record).ok_or_else(broken)?;
            take(key, decoded(body)?)?;
            Ok::<_, Failed>(())
        })?;
        Ok(())
    }
}

impl Owner {
    fn or(self, other: Self, is_order: bool) -> Self {
        let has_money = |owner: &Self| {
            matches!(
                owner,
                Self::One {
                    has_money: true,
                    ..
                }
            )
        };
        match (self, other) {
            (Self::One { key: one, .. }, Self::One { key: two, .. }) if one == two => self,
            _ if is_order && has_money(&self) && !has_money(&other) => self,
            _ if is_order && has_money(&other) && !has_money(&self) => other,
            _ => Self::Several,
        }
    }
}

impl Line {
    /// The names that it is looked for by, in order.
    fn asks(&self) -> [Option<Name>; ROUNDS] {
        let ids = &self.ids;
        let name = |space, id: &Option<String>| id.as_deref().map(|id| Name::of(space, id));
        let of_refund = matches!(
            self.what,
            TransactionType::Refund | TransactionType::RefundReversal
        );
        let (first, second) = match of_refund {
            true => (Space::Refund, Space::Payment),
            false => (Space::Payment, Space::Refund),
        };
        [
            name(Space::Pop, &ids.transaction),
            name(Space::Pop, &ids.original),
            name(first, &ids.request),
            name(second, &ids.request),
            name(Space::Payment, &ids.original_request),
            name(Space::Order, &ids.reference),
        ]
    }
}

/// What keeps lines of one unknown payment together; a line that names none stands alone.
fn stranger(line: &Line) -> String {
    let id = match line.what.is_of_a_payment() {
        true => line.payment_id().or(line.ids.request.as_deref()),
        false => None,
    };
    id.map_or_else(
        || format!("{}:{}", line.place.file, line.place.line),
        str::to_owned,
    )
}

/// A fault, also from a stream.
struct Failed(Fault);

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self(Fault::Temporary(error))
    }
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl From<Failed> for Fault {
    fn from(failed: Failed) -> Self {
        failed.0
    }
}

fn broken() -> Fault {
    Fault::Temporary(io::ErrorKind::InvalidData.into())
}

fn encoded(value: &impl serde::Serialize) -> Result<Vec<u8>, Fault> {
    postcard::to_allocvec(value).map_err(|_| broken())
}

fn decoded<T: serde::de::DeserializeOwned>(record: &[u8]) -> Result<T, Fault> {
    postcard::from_bytes(record).map_err(|_| broken())
}
