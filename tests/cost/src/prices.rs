//! The price file.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = include_str!("../prices.toml");

/// All that AWS asks for, region by region.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceFile {
    /// Of all prices.
    pub currency: String,
    /// The region where none is named.
    pub default_region: String,
    price: Vec<Entry>,
}

/// What one kind of thing costs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name in this program.
    pub id: String,
    /// What is counted.
    pub unit: String,
    per: f64,
    /// AWS's page of prices.
    pub source: String,
    /// The day on which the figures were put here.
    pub looked_up: String,
    regions: BTreeMap<String, Asked>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    usd: f64,
    basis: Basis,
    /// Where it was read.
    at: Option<String>,
}

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Read on a page that the file names.
    Read,
    /// General knowledge of AWS's page.
    Known,
}

/// The prices of one region.
#[derive(Debug, Clone)]
pub struct Prices {
    /// Which.
    pub region: String,
    of_one: BTreeMap<String, f64>,
    /// How many of the figures were read, and how many there are.
    pub read: (usize, usize),
    /// The day of the oldest figure.
    pub looked_up: String,
}

impl PriceFile {
    /// The file of this tree.
    ///
    /// # Errors
    /// It is not in order; the error names the place.
    pub fn load() -> Result<Self> {
        toml::from_str(FILE).context("tests/cost/prices.toml is not in order")
    }

    /// The prices of a region, the usual one if none is named.
    ///
    /// # Errors
    /// A price of this region is missing.
    pub fn of(&self, region: Option<&str>) -> Result<Prices> {
        let region = region.unwrap_or(&self.default_region);
        let mut prices = Prices {
            region: region.to_owned(),
            of_one: BTreeMap::new(),
            read: (0, self.price.len()),
            looked_up: String::new(),
        };
        for entry in &self.price {
            let Some(asked) = entry.regions.get(region) else {
                bail!(
                    "tests/cost/prices.toml has no price of {} in {region}: add it, or choose another region",
                    entry.id
                );
            };
            prices
                .of_one
                .insert(entry.id.clone(), asked.usd / entry.per);
            let read = asked.basis == Basis::Read && asked.at.is_some();
            prices.read.0 += usize::from(read);
        }
        let days = self.price.iter().map(|entry| entry.looked_up.clone());
        prices.looked_up = days.min().unwrap_or_default();
        Ok(prices)
    }
}

impl Prices {
    /// What one unit costs, in dollars.
    ///
    /// # Errors
    /// There is no such price in the file.
    pub fn of(&self, id: &str) -> Result<f64> {
        let price = self.of_one.get(id).copied();
        price.with_context(|| format!("tests/cost/prices.toml has no price {id}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_price_has_a_source_a_date_and_a_basis() {
        let file = PriceFile::load().unwrap();
        assert_eq!(file.currency, "USD");
        for entry in &file.price {
            let id = &entry.id;
            assert!(entry.source.starts_with("https://aws.amazon.com/"), "{id}");
            let day = entry.looked_up.split('-').map(str::len);
            assert_eq!(day.collect::<Vec<_>>(), [4, 2, 2], "{id}");
            assert!(entry.regions.contains_key(&file.default_region), "{id}");
            for (region, asked) in &entry.regions {
                assert!(asked.usd > 0.0 && entry.per >= 1.0, "{id} in {region}");
                let read = asked.basis == Basis::Read;
                assert_eq!(
                    asked.at.is_some(),
                    read,
                    "{id} in {region}: where it was read"
                );
            }
        }
        let mut ids: Vec<_> = file.price.iter().map(|entry| &entry.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), file.price.len());
    }

    #[test]
    fn a_price_is_of_one_unit() {
        let prices = PriceFile::load().unwrap().of(Some("us-east-1")).unwrap();
        assert!((prices.of("dynamodb_write_unit").unwrap() * 1e6 - 0.625).abs() < 1e-9);
        assert!(prices.of("gold").is_err());
    }

    #[test]
    fn a_region_without_prices_is_refused() {
        let error = PriceFile::load().unwrap().of(Some("mars-1")).unwrap_err();
        assert!(error.to_string().contains("mars-1"));
    }
}
