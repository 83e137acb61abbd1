//! Signature Version 4 as the one way of signing that there is. The SDK's own signer makes the day's key anew for each request
//! and copies all headers twice ([ADR 0026](../../../docs/adr/0026-a-signer-and-a-loop-of-our-own.md)).

mod day_key;
mod signer;
mod v4;

use crate::Unfit;
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_smithy_types::config_bag::FrozenLayer;
pub(crate) use signer::RequestSigner;
pub(crate) use v4::host;

/// Whether an operation is signed without anything out of the ordinary, as all of AWS's JSON services are.
pub(crate) fn plain(operation: &FrozenLayer) -> Result<(), Unfit> {
    let signing = operation.load::<SigV4OperationSigningConfig>();
    let signing = signing.ok_or(Unfit::NoPart("signature"))?;
    if signing.signing_options == SigningOptions::default() {
        Ok(())
    } else {
        Err(Unfit::NoPart("plain signature"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::config_bag::Layer;

    fn signed(options: SigningOptions) -> FrozenLayer {
        let mut operation = Layer::new("operation");
        operation.store_put(SigV4OperationSigningConfig {
            signing_options: options,
            ..Default::default()
        });
        operation.freeze()
    }

    #[test]
    fn only_plain_signatures_are_made() {
        assert_eq!(plain(&signed(SigningOptions::default())), Ok(()));
        let mut unusual = SigningOptions::default();
        unusual.content_sha256_header = true;
        let refused = Err(Unfit::NoPart("plain signature"));
        assert_eq!(plain(&signed(unusual)), refused);
        let unsigned = Layer::new("operation").freeze();
        assert_eq!(plain(&unsigned), Err(Unfit::NoPart("signature")));
    }
}
