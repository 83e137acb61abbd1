//! A 3-D Secure result that the merchant got from an authentication service of its own (a merchant plug-in, MPI).
//!
//! It is worth an authentication, so it is treated like card data: write-only, masked, wiped when dropped.

use crate::limits::{Checked, FieldError, code, one_of};
use serde::Deserialize;
use std::fmt;
use zeroize::Zeroizing;

/// The longest cryptogram, id and type, in characters.
const MAX_TEXT: usize = 64;

const VERSIONS: [&str; 3] = ["1.0.2", "2.1.0", "2.2.0"];
const INDICATORS: [&str; 6] = ["02", "01", "00", "05", "06", "07"];
/// The indicators of a payer who was not authenticated: there is no cryptogram then.
const NOT_AUTHENTICATED: [&str; 2] = ["00", "07"];

/// The result, as POP takes it (`mpiData`). Only for cards that the buyer typed, never for stored ones.
pub struct MpiData {
    /// The protocol's version: `1.0.2`, `2.1.0` or `2.2.0`.
    pub three_ds_version: Zeroizing<String>,
    /// How the authentication ended (electronic commerce indicator).
    pub eci: Zeroizing<String>,
    /// The issuer's cryptogram.
    pub cavv: Option<Zeroizing<String>>,
    /// The directory server's id of the authentication.
    pub ds_transaction_id: Option<Zeroizing<String>>,
    /// The kind of credential that was authenticated.
    pub credential_type: Option<Zeroizing<String>>,
}

/// The JSON shape, wiped when dropped.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TypedMpi {
    #[serde(rename = "threeDSVersion")]
    three_ds_version: Zeroizing<String>,
    eci: Zeroizing<String>,
    #[serde(default)]
    cavv: Option<Zeroizing<String>>,
    #[serde(default)]
    ds_transaction_id: Option<Zeroizing<String>>,
    #[serde(default)]
    credential_type: Option<Zeroizing<String>>,
}

impl MpiData {
    /// Checks what was given; the error names the field. An authentication without its cryptogram, or of version 2
    /// without the directory server's id, proves nothing to an issuer and is refused here.
    pub fn parse(typed: TypedMpi) -> Result<Self, FieldError> {
        Self::checked(typed).map_err(|error| error.within("mpiData"))
    }

    fn checked(typed: TypedMpi) -> Result<Self, FieldError> {
        one_of("threeDSVersion", &typed.three_ds_version, &VERSIONS)?;
        one_of("eci", &typed.eci, &INDICATORS)?;
        let authenticated = !NOT_AUTHENTICATED.contains(&typed.eci.as_str());
        let version_two = typed.three_ds_version.starts_with('2');
        part("cavv", typed.cavv.as_ref(), authenticated)?;
        part(
            "dsTransactionId",
            typed.ds_transaction_id.as_ref(),
            version_two,
        )?;
        part("credentialType", typed.credential_type.as_ref(), false)?;
        Ok(Self {
            three_ds_version: typed.three_ds_version,
            eci: typed.eci,
            cavv: typed.cavv,
            ds_transaction_id: typed.ds_transaction_id,
            credential_type: typed.credential_type,
        })
    }
}

fn part(field: &str, value: Option<&Zeroizing<String>>, needed: bool) -> Checked {
    match value {
        None if !needed => Ok(()),
        value => code(field, value.map_or("", |text| text.as_str()), MAX_TEXT),
    }
}

impl fmt::Debug for MpiData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MpiData(***)")
    }
}

impl fmt::Debug for TypedMpi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedMpi(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// A whole result of version 2, with these fields in place of its own.
    fn parse(changes: &Value) -> Result<MpiData, String> {
        let mut json = json!({"threeDSVersion": "2.2.0", "eci": "05", "cavv": "AAAB+/ZkJQ==", "dsTransactionId": "ds-1"});
        for (field, value) in changes.as_object().unwrap() {
            json[field] = value.clone();
        }
        let typed: TypedMpi = serde_json::from_value(json).unwrap();
        MpiData::parse(typed).map_err(|error| error.to_string())
    }

    #[test]
    fn versions_and_indicators_of_the_contract_pass() {
        for version in VERSIONS {
            for eci in INDICATORS {
                assert!(parse(&json!({"threeDSVersion": version, "eci": eci})).is_ok());
            }
        }
        let long = "x".repeat(64);
        assert!(
            parse(&json!({"cavv": long, "dsTransactionId": long, "credentialType": long})).is_ok()
        );
        assert!(parse(&json!({"eci": "07", "cavv": null})).is_ok());
        assert!(parse(&json!({"threeDSVersion": "1.0.2", "dsTransactionId": null})).is_ok());
    }

    #[test]
    fn what_is_outside_names_its_field() {
        let long = "x".repeat(65);
        for (changes, field) in [
            (
                json!({"threeDSVersion": "2.3.1"}),
                "threeDSVersion: 1.0.2 or 2.1.0 or 2.2.0",
            ),
            (json!({"eci": "5"}), "eci: 02 or 01 or 00 or 05 or 06 or 07"),
            (json!({"cavv": long}), "cavv: 1 to 64 "),
            (json!({"cavv": null}), "cavv: 1 to 64 "),
            (json!({"cavv": "a b"}), "cavv: 1 to 64 "),
            (
                json!({"dsTransactionId": long}),
                "dsTransactionId: 1 to 64 ",
            ),
            (
                json!({"dsTransactionId": null}),
                "dsTransactionId: 1 to 64 ",
            ),
            (json!({"credentialType": long}), "credentialType: 1 to 64 "),
        ] {
            let error = parse(&changes).map(drop).unwrap_err();
            assert!(error.starts_with(&format!("mpiData.{field}")), "{error}");
            assert!(!error.contains("xxx"), "{error}");
        }
    }

    #[test]
    fn nothing_is_shown() {
        assert_eq!(format!("{:?}", parse(&json!({})).unwrap()), "MpiData(***)");
    }
}
