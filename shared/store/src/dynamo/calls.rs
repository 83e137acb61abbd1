//! The operations of DynamoDB that the store uses. Its functions may do these and no others (`template.yaml`).

use aws_calls::{Call, Service, Unfit};
use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sdk_dynamodb::operation::delete_item::{
    DeleteItem, DeleteItemError, DeleteItemInput, DeleteItemOutput,
};
use aws_sdk_dynamodb::operation::get_item::{GetItem, GetItemError, GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItem, PutItemError, PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{Query, QueryError, QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::scan::{Scan, ScanError, ScanInput, ScanOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItems, TransactWriteItemsError, TransactWriteItemsInput, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::operation::update_item::{
    UpdateItem, UpdateItemError, UpdateItemInput, UpdateItemOutput,
};
use aws_types::SdkConfig;
use futures_util::FutureExt;

/// The name by which requests are signed.
const DYNAMODB: &str = "dynamodb";

#[derive(Debug, Clone)]
pub(super) struct Calls {
    pub(super) get_item: Call<GetItemInput, GetItemOutput, GetItemError>,
    pub(super) put_item: Call<PutItemInput, PutItemOutput, PutItemError>,
    pub(super) update_item: Call<UpdateItemInput, UpdateItemOutput, UpdateItemError>,
    pub(super) delete_item: Call<DeleteItemInput, DeleteItemOutput, DeleteItemError>,
    pub(super) transact_write_items:
        Call<TransactWriteItemsInput, TransactWriteItemsOutput, TransactWriteItemsError>,
    pub(super) query: Call<QueryInput, QueryOutput, QueryError>,
    pub(super) scan: Call<ScanInput, ScanOutput, ScanError>,
}

impl Calls {
    pub(super) fn new(sdk: &SdkConfig) -> Result<Self, Unfit> {
        let endpoint = endpoint(sdk)?;
        let service = Service {
            sdk,
            name: DYNAMODB,
            endpoint: &endpoint,
        };
        Ok(Self {
            get_item: service.call(&GetItem::new())?,
            put_item: service.call(&PutItem::new())?,
            update_item: service.call(&UpdateItem::new())?,
            delete_item: service.call(&DeleteItem::new())?,
            transact_write_items: service.call(&TransactWriteItems::new())?,
            query: service.call(&Query::new())?,
            scan: service.call(&Scan::new())?,
        })
    }
}

/// The configured address, or AWS's own in that region by the SDK's rules.
fn endpoint(sdk: &SdkConfig) -> Result<String, Unfit> {
    if let Some(url) = sdk.endpoint_url() {
        return Ok(url.to_owned());
    }
    let region = sdk.region().ok_or(Unfit::NoRegion)?;
    let place = Params::builder().region(region.to_string()).build();
    let place = place.map_err(|_| Unfit::NoPart("endpoint"))?;
    let resolver = DefaultResolver::new();
    let found = resolver.resolve_endpoint(&place).now_or_never(); // it asks nobody
    let found = found
        .and_then(Result::ok)
        .ok_or(Unfit::NoPart("endpoint"))?;
    Ok(found.url().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_types::region::Region;

    fn of(region: &'static str, url: Option<&str>) -> Result<String, Unfit> {
        let mut sdk = SdkConfig::builder().region(Region::new(region));
        sdk.set_endpoint_url(url.map(str::to_owned));
        endpoint(&sdk.build())
    }

    #[test]
    fn an_endpoint_is_that_of_the_region_unless_one_is_set() {
        for (region, url) in [
            (
                "eu-central-1",
                "https://dynamodb.eu-central-1.amazonaws.com",
            ),
            ("cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn"),
        ] {
            assert_eq!(of(region, None).unwrap(), url);
        }
        let emulator = "http://127.0.0.1:4566";
        assert_eq!(of("eu-central-1", Some(emulator)).unwrap(), emulator);
        let nowhere = endpoint(&SdkConfig::builder().build());
        assert_eq!(nowhere, Err(Unfit::NoRegion));
    }
}
