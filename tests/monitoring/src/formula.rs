//! Metric math, as far as the template uses it: arithmetic, comparisons, `FILL` and `IF`.

use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;

/// A formula over metrics that are known by their ids.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Formula {
    Number(f64),
    Metric(String),
    Operation(char, Box<Formula>, Box<Formula>),
    Comparison(String, Box<Formula>, Box<Formula>),
    Fill(Box<Formula>, Box<Formula>),
    If(Box<Formula>, Box<Formula>, Box<Formula>),
}

/// The metrics' values in one period; one without a value is missing.
pub(crate) type Row = BTreeMap<String, f64>;

impl Formula {
    /// Reads a formula.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut words = Words(words(text)?);
        let formula = words.comparison()?;
        ensure!(words.0.is_empty(), "too much in {text}");
        Ok(formula)
    }

    /// Its value in one period; `None` if a value is missing that it needs, or of a division by zero.
    pub(crate) fn value(&self, row: &Row) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Metric(id) => row.get(id).copied(),
            Self::Fill(value, instead) => value.value(row).or_else(|| instead.value(row)),
            Self::If(condition, yes, no) => {
                let chosen = if condition.value(row)? != 0.0 {
                    yes
                } else {
                    no
                };
                chosen.value(row)
            }
            Self::Operation(sign, left, right) => {
                let (left, right) = (left.value(row)?, right.value(row)?);
                let result = match sign {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    _ => left / right,
                };
                result.is_finite().then_some(result)
            }
            Self::Comparison(sign, left, right) => {
                let (left, right) = (left.value(row)?, right.value(row)?);
                let holds = match sign.as_str() {
                    ">=" => left >= right,
                    "<=" => left <= right,
                    ">" => left > right,
                    _ => left < right,
                };
                Some(f64::from(u8::from(holds)))
            }
        }
    }
}

/// The words that are still to be read, the next one last.
struct Words(Vec<String>);

fn words(text: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '>' | '<' if rest[1..].starts_with('=') => 2,
            '(' | ')' | ',' | '+' | '-' | '*' | '/' | '>' | '<' => 1,
            _ => rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
                .unwrap_or(rest.len()),
        };
        ensure!(length > 0, "what is {first:?} in {text}?");
        words.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    words.reverse();
    Ok(words)
}

impl Words {
    fn take(&mut self, wanted: &str) -> bool {
        let is_next = self.0.last().is_some_and(|word| word == wanted);
        if is_next {
            self.0.pop();
        }
        is_next
    }

    fn comparison(&mut self) -> Result<Formula> {
        let left = self.sum()?;
        for sign in [">=", "<=", ">", "<"] {
            if self.take(sign) {
                let right = self.sum()?;
                return Ok(Formula::Comparison(sign.into(), left.into(), right.into()));
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Formula> {
        self.chain(&['+', '-'], Self::product)
    }

    fn product(&mut self) -> Result<Formula> {
        self.chain(&['*', '/'], Self::term)
    }

    fn chain(&mut self, signs: &[char], part: fn(&mut Self) -> Result<Formula>) -> Result<Formula> {
        let mut formula = part(self)?;
        while let Some(sign) = signs.iter().find(|sign| self.take(&sign.to_string())) {
            let right = part(self)?;
            formula = Formula::Operation(*sign, formula.into(), right.into());
        }
        Ok(formula)
    }

    fn term(&mut self) -> Result<Formula> {
        let word = self.0.pop().context("a formula ends too early")?;
        if word == "(" {
            let inner = self.comparison()?;
            ensure!(self.take(")"), "a bracket is not closed");
            return Ok(inner);
        }
        if let Ok(number) = word.parse() {
            return Ok(Formula::Number(number));
        }
        if !self.take("(") {
            ensure!(
                word.starts_with(|c: char| c.is_ascii_lowercase()),
                "{word} is no metric's id"
            );
            return Ok(Formula::Metric(word));
        }
        let mut arguments = Vec::new();
        loop {
            arguments.push(Box::new(self.comparison()?));
            if self.take(")") {
                break;
            }
            ensure!(self.take(","), "arguments are parted by commas");
        }
        match (
            word.as_str(),
            <[_; 2]>::try_from(arguments.clone()),
            <[_; 3]>::try_from(arguments),
        ) {
            ("FILL", Ok([value, instead]), _) => Ok(Formula::Fill(value, instead)),
            ("IF", _, Ok([condition, yes, no])) => Ok(Formula::If(condition, yes, no)),
            _ => bail!("{word} with these arguments is not known here"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, row: &[(&str, f64)]) -> Option<f64> {
        let row = row
            .iter()
            .map(|(id, value)| ((*id).to_owned(), *value))
            .collect();
        Formula::parse(text).unwrap().value(&row)
    }

    #[test]
    fn formulas_are_worked_out_as_cloudwatch_does() {
        let row = [("a", 6.0), ("b", 2.0), ("zero", 0.0)];
        for (text, want) in [
            ("a + b * 3", Some(12.0)),
            ("(a + b) * 3", Some(24.0)),
            ("a - b - 1", Some(3.0)),
            ("a / b / 2", Some(1.5)),
            ("a / zero", None),
            ("a >= 6", Some(1.0)),
            ("a < b", Some(0.0)),
            ("a > 6", Some(0.0)),
            ("b <= 2", Some(1.0)),
            ("missing", None),
            ("a + missing", None),
            ("FILL(missing, 0) + a", Some(6.0)),
            ("FILL(a, 0)", Some(6.0)),
            (
                "IF(a >= 3, 100 * a / (a + FILL(missing, 0) - b), 0)",
                Some(150.0),
            ),
            ("IF(b >= 3, a, 7.5)", Some(7.5)),
            ("IF(missing > 1, 1, 0)", None),
        ] {
            assert_eq!(value(text, &row), want, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for text in [
            "",
            "a +",
            "(a",
            "a)",
            "SUM(a)",
            "FILL(a)",
            "IF(a, b)",
            "a ? b",
            "METRICS()",
            "a b",
            "FILL(a b)",
        ] {
            assert!(Formula::parse(text).is_err(), "{text}");
        }
    }
}
