//! A person's word on a payment in review.

use crate::card::Pan;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a person decides about a payment in review. None of them contradicts what POP signed, and none changes a final
/// status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// Go on by the rules: the mark goes, POP is asked, and its word decides. If it says the same again, so does the
    /// review. Also takes back a [`Ruling::Close`].
    GoOn,
    /// As [`Ruling::GoOn`], towards an end without money: POP is asked to cancel, and may refuse.
    Cancel,
    /// It was settled outside: nothing is outstanding any more, nothing moves, and the row keeps what POP last said.
    Close,
}

impl Ruling {
    /// Every ruling.
    pub const ALL: [Self; 3] = [Self::GoOn, Self::Cancel, Self::Close];

    /// The stable word in events, orders and output.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::GoOn => "go_on",
            Self::Cancel => "cancel",
            Self::Close => "close",
        }
    }
}

/// A ruling with who gave it, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// What was decided.
    pub ruling: Ruling,
    /// Who decided it, as that person says; who may give orders at all is for the account's access rules.
    pub by: Note<64>,
    /// Why, for whoever reads the trail later.
    pub reason: Note<500>,
}

/// A line that a person wrote: 1 to `LONGEST` characters, none of them a control character, and nothing in it that may be
/// a card number, since it is kept in the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Note<const LONGEST: usize>(String);

/// Why a text is no note. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Nothing stands there.
    #[error("it is empty")]
    Empty,
    /// Too long.
    #[error("it is longer than {0} characters")]
    TooLong(usize),
    /// A line break or another control character.
    #[error("it has a line break or another control character")]
    Control,
    /// Digits that may be a card number.
    #[error("it has what may be a card number: leave that out")]
    CardNumber,
}

impl<const LONGEST: usize> Note<LONGEST> {
    /// Checks a text; blanks around it are taken off.
    ///
    /// # Errors
    /// What is wrong with it: have the person write it anew.
    pub fn new(text: &str) -> Result<Self, NoteError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NoteError::Empty);
        }
        if text.chars().count() > LONGEST {
            return Err(NoteError::TooLong(LONGEST));
        }
        if text.chars().any(char::is_control) {
            return Err(NoteError::Control);
        }
        if may_hold_card_number(text) {
            return Err(NoteError::CardNumber);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const LONGEST: usize> fmt::Display for Note<LONGEST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de, const LONGEST: usize> Deserialize<'de> for Note<LONGEST> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// Whether digits stand together, with blanks or hyphens between them at most, that have the length and the check digit
/// of a card number. POP's ids are longer.
fn may_hold_card_number(text: &str) -> bool {
    let apart = |c: char| !c.is_ascii_digit() && c != ' ' && c != '-';
    text.split(apart).any(|run| Pan::new(run).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_line_of_words_and_no_card_number() {
        let long = "x".repeat(65);
        for (text, want) in [
            ("Ada", Ok("Ada")),
            (
                " settled by phone, case 4711 ",
                Ok("settled by phone, case 4711"),
            ),
            (
                "POP's id 20260102194010800100188010200000001",
                Ok("POP's id 20260102194010800100188010200000001"),
            ),
            ("", Err(NoteError::Empty)),
            ("  ", Err(NoteError::Empty)),
            (long.as_str(), Err(NoteError::TooLong(64))),
            ("a\nb", Err(NoteError::Control)),
            ("paid with 4054695723100768", Err(NoteError::CardNumber)),
            (
                "paid with 4054 6957 2310 0768 then",
                Err(NoteError::CardNumber),
            ),
            ("paid with 4054-6957-2310-0768.", Err(NoteError::CardNumber)),
            // The check digit is wrong.
            ("4054695723100769", Ok("4054695723100769")),
        ] {
            let note = Note::<64>::new(text);
            assert_eq!(
                note.as_ref().map(Note::as_str).map_err(|e| *e),
                want,
                "{text}"
            );
        }
    }

    #[test]
    fn a_resolution_is_read_as_it_was_written_and_checked_when_read() {
        let resolution = Resolution {
            ruling: Ruling::GoOn,
            by: Note::new("ada").unwrap(),
            reason: Note::new("one wrong message, POP says so").unwrap(),
        };
        let text = serde_json::to_string(&resolution).unwrap();
        assert_eq!(
            text,
            r#"{"ruling":"go_on","by":"ada","reason":"one wrong message, POP says so"}"#
        );
        assert_eq!(
            serde_json::from_str::<Resolution>(&text).unwrap(),
            resolution
        );
        for wrong in [
            r#"{"ruling":"go_on","by":"ada","reason":"4054695723100768"}"#,
            r#"{"ruling":"go_on","by":"ada"}"#,
            r#"{"ruling":"pay","by":"ada","reason":"x"}"#,
            r#"{"ruling":"go_on","by":"ada","reason":"x","more":1}"#,
        ] {
            assert!(
                serde_json::from_str::<Resolution>(wrong).is_err(),
                "{wrong}"
            );
        }
        for ruling in Ruling::ALL {
            let word = serde_json::to_value(ruling).unwrap();
            assert_eq!(word, ruling.code());
        }
    }
}
