//! The operations of DynamoDB that the store uses. Its functions may do these and no others (`template.yaml`).

use super::failure::unavailable;
use crate::StoreError;
use aws_calls::{Call, OperationError, RuntimePlugin, Service, Unfit};
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
use std::fmt::Debug;
use std::sync::OnceLock;

/// The name by which requests are signed, and that the service's host begins with.
const DYNAMODB: &str = "dynamodb";

/// What every payment takes is put together at once. The rest is put together when it is first used, so that a function that never
/// uses it has none of it in its program.
#[derive(Debug, Clone)]
pub(super) struct Calls {
    pub(super) get_item: Call<GetItemInput, GetItemOutput, GetItemError>,
    pub(super) put_item: Call<PutItemInput, PutItemOutput, PutItemError>,
    pub(super) update_item: Call<UpdateItemInput, UpdateItemOutput, UpdateItemError>,
    pub(super) transact_write_items:
        Call<TransactWriteItemsInput, TransactWriteItemsOutput, TransactWriteItemsError>,
    delete_item: OnceLock<Call<DeleteItemInput, DeleteItemOutput, DeleteItemError>>,
    query: OnceLock<Call<QueryInput, QueryOutput, QueryError>>,
    scan: OnceLock<Call<ScanInput, ScanOutput, ScanError>>,
    service: Service,
}

impl Calls {
    pub(super) fn new(sdk: &SdkConfig) -> Result<Self, Unfit> {
        let service = Service::new(sdk, DYNAMODB, &endpoint(sdk)?)?;
        Ok(Self {
            get_item: service.call(&GetItem::new())?,
            put_item: service.call(&PutItem::new())?,
            update_item: service.call(&UpdateItem::new())?,
            transact_write_items: service.call(&TransactWriteItems::new())?,
            delete_item: OnceLock::new(),
            query: OnceLock::new(),
            scan: OnceLock::new(),
            service,
        })
    }

    pub(super) async fn delete_item(
        &self,
        input: DeleteItemInput,
    ) -> Result<DeleteItemOutput, StoreError> {
        let operation = ("DeleteItem", DeleteItem::new());
        self.seldom(&self.delete_item, operation, input).await
    }

    pub(super) async fn query(&self, input: QueryInput) -> Result<QueryOutput, StoreError> {
        self.seldom(&self.query, ("Query", Query::new()), input)
            .await
    }

    pub(super) async fn scan(&self, input: ScanInput) -> Result<ScanOutput, StoreError> {
        self.seldom(&self.scan, ("Scan", Scan::new()), input).await
    }

    /// Makes a call of an operation that `place` keeps once it was needed.
    async fn seldom<I, O, E>(
        &self,
        place: &OnceLock<Call<I, O, E>>,
        (name, operation): (&'static str, impl RuntimePlugin),
        input: I,
    ) -> Result<O, StoreError>
    where
        I: Debug + Send + Sync + 'static,
        O: Debug + Send + Sync + 'static,
        E: OperationError,
    {
        let call = match place.get() {
            Some(call) => call,
            None => {
                let made = self.service.call(&operation);
                let made = made.map_err(|unfit| StoreError::Unavailable(unfit.to_string()))?;
                place.get_or_init(|| made)
            }
        };
        let answer = call.invoke(input).await;
        answer.map_err(|error| unavailable(name, &error))
    }
}

fn endpoint(sdk: &SdkConfig) -> Result<String, Unfit> {
    aws_calls::endpoint(sdk, "DynamoDB", DYNAMODB)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
    use aws_types::region::Region;
    use futures_util::FutureExt;

    #[test]
    fn an_endpoint_is_that_of_the_sdks_rules() {
        for region in ["eu-central-1", "us-east-1", "us-gov-west-1", "cn-north-1"] {
            let sdk = SdkConfig::builder().region(Region::new(region)).build();
            let place = Params::builder().region(region).build().unwrap();
            let resolver = DefaultResolver::new();
            let found = resolver.resolve_endpoint(&place).now_or_never(); // it asks nobody
            assert_eq!(endpoint(&sdk).unwrap(), found.unwrap().unwrap().url());
        }
    }

    #[test]
    fn an_endpoint_that_is_set_comes_first() {
        let region = SdkConfig::builder().region(Region::new("eu-central-1"));
        let emulator = "http://127.0.0.1:4566";
        let sdk = region.endpoint_url(emulator).build();
        assert_eq!(endpoint(&sdk).unwrap(), emulator);
        let nowhere = endpoint(&SdkConfig::builder().build());
        assert_eq!(nowhere, Err(Unfit::NoRegion));
    }
}
