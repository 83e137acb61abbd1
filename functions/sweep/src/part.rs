//! Which shards one run sweeps, and in which order.

use domain::Time;
use serde_json::Value;

/// A share of the shards: those whose number leaves `number` when divided by `of`.
///
/// One sweep a minute takes all of them. Where that is not enough, several schedules start the function, each with a
/// part of its own as input: `{"part": 0, "of": 4}`, `{"part": 1, "of": 4}` and so on. Each run has its own rate to POP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    number: u16,
    of: u16,
}

/// What the schedule gave as input is no part. Nothing is swept: mend the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the input of the schedule is no part: give \"part\" and \"of\" as numbers, \"part\" less than \"of\", \"of\" at most 256"
)]
pub struct NoPart;

/// The most parts that there can be: as many as there can be shards.
const MOST: u64 = 256;

impl Part {
    /// All shards.
    pub const WHOLE: Self = Self { number: 0, of: 1 };

    /// The part that an invocation's event names; all shards if it names none.
    ///
    /// # Errors
    /// [`NoPart`] if it names one that there is not.
    pub fn of_event(event: &Value) -> Result<Self, NoPart> {
        let (number, of) = match (event.get("part"), event.get("of")) {
            (None, None) => return Ok(Self::WHOLE),
            (number, of) => (
                number.and_then(Value::as_u64).ok_or(NoPart)?,
                of.and_then(Value::as_u64).ok_or(NoPart)?,
            ),
        };
        if number >= of || of > MOST {
            return Err(NoPart);
        }
        Ok(Self {
            number: u16::try_from(number).map_err(|_| NoPart)?,
            of: u16::try_from(of).map_err(|_| NoPart)?,
        })
    }

    /// The part's shards among so many. Each minute begins with another one, so that when there is more than a run can
    /// do, it is not always the same shards that are left over.
    pub(crate) fn shards(self, count: u16, now: Time) -> Vec<u16> {
        let mut shards: Vec<u16> = (0..count)
            .filter(|shard| shard % self.of == self.number)
            .collect();
        let length = i64::try_from(shards.len()).unwrap_or(0).max(1);
        let minute = now.millis().div_euclid(60_000);
        let first = usize::try_from(minute.rem_euclid(length)).unwrap_or(0);
        shards.rotate_left(first);
        shards
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn minute(number: i64) -> Time {
        Time::from_millis(number * 60_000)
    }

    #[test]
    fn the_parts_together_are_all_shards_each_once() {
        for (count, of) in [(4, 1), (4, 4), (64, 16), (7, 3), (2, 5)] {
            let mut all: Vec<u16> = Vec::new();
            for number in 0..of {
                let part = Part::of_event(&json!({ "part": number, "of": of })).unwrap();
                all.extend(part.shards(count, minute(i64::from(number) + 11)));
            }
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>(), "{count} in {of}");
        }
    }

    #[test]
    fn each_shard_is_the_first_in_its_minute() {
        let firsts: Vec<u16> = (0..5)
            .map(|n| Part::WHOLE.shards(4, minute(n))[0])
            .collect();
        assert_eq!(firsts, [0, 1, 2, 3, 0]);
        assert_eq!(Part::WHOLE.shards(4, minute(-1)), [3, 0, 1, 2]);
        let none = Part { number: 3, of: 4 };
        assert!(none.shards(2, minute(9)).is_empty());
    }

    #[test]
    fn an_event_that_names_no_part_is_for_all_shards() {
        for event in [
            json!(null),
            json!({}),
            json!("text"),
            json!({ "source": "aws.scheduler" }),
        ] {
            assert_eq!(Part::of_event(&event), Ok(Part::WHOLE), "{event}");
        }
    }

    #[test]
    fn a_part_that_there_is_not_is_refused() {
        for event in [
            json!({ "part": 4, "of": 4 }),
            json!({ "part": 0 }),
            json!({ "of": 4 }),
            json!({ "part": 0, "of": 0 }),
            json!({ "part": -1, "of": 4 }),
            json!({ "part": "0", "of": "4" }),
            json!({ "part": 0, "of": 257 }),
        ] {
            assert_eq!(Part::of_event(&event), Err(NoPart), "{event}");
        }
    }
}
