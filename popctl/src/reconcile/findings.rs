//! Findings: all of them in a temporary file, and some of each kind at hand.

use super::trail::{Trail, Verdict, Word};
use anyhow::Context;
use reports::{Finding, Kind};
use serde::ser::{Error, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};

/// How many of each kind are kept at hand for people; machines get all.
pub(super) const MOST_KEPT: usize = 200;

/// A finding, with what POP signed about it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    #[serde(flatten)]
    pub(super) finding: Finding,
    /// Whom POP's signed word agrees with.
    pub(super) verdict: Option<Verdict>,
    /// POP's signed messages.
    pub(super) trail: Vec<Word>,
}

/// All findings.
#[derive(Debug)]
pub(super) struct Findings {
    file: BufWriter<File>,
    kept: BTreeMap<Kind, Vec<Told>>,
}

impl Findings {
    pub(super) fn begin() -> anyhow::Result<Self> {
        let file = tempfile::tempfile()
            .context("a temporary file cannot be made: TMPDIR names a folder for it")?;
        Ok(Self {
            file: BufWriter::new(file),
            kept: BTreeMap::new(),
        })
    }

    pub(super) fn push(&mut self, trail: &Trail, finding: Finding) -> anyhow::Result<()> {
        let told = Told {
            verdict: trail.verdict(&finding),
            finding,
            trail: trail.words.clone(),
        };
        serde_json::to_writer(&mut self.file, &told)?;
        self.file.write_all(b"\n")?;
        let kept = self.kept.entry(told.finding.kind).or_default();
        if kept.len() < MOST_KEPT {
            kept.push(told);
        }
        Ok(())
    }

    /// Those of a kind that are at hand.
    pub(super) fn kept_of(&self, kind: Kind) -> &[Told] {
        self.kept.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// Everything is written: from here on it can be read.
    pub(super) fn close(&mut self) -> anyhow::Result<()> {
        Ok(self.file.flush()?)
    }
}

impl Serialize for Findings {
    /// All findings, one after the other out of the file.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut file = self.file.get_ref();
        file.seek(SeekFrom::Start(0)).map_err(Error::custom)?;
        let mut all = serializer.serialize_seq(None)?;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(Error::custom)?;
            let told: Value = serde_json::from_str(&line).map_err(Error::custom)?;
            all.serialize_element(&told)?;
        }
        all.end()
    }
}
