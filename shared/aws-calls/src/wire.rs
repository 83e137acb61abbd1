//! The SDK's own writer of an operation's requests and reader of its answers.

use crate::Unfit;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Input, Output};
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput,
};
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse, SerializeRequest, SharedRequestSerializer, SharedResponseDeserializer,
};
use aws_smithy_types::config_bag::{ConfigBag, FrozenLayer, Layer};
use std::fmt::Debug;

/// The writer of requests among an operation's parts.
pub(crate) fn writer<I: Debug + Send + Sync + 'static>(
    parts: &FrozenLayer,
) -> Result<impl Fn(I) -> Result<HttpRequest, BoxError> + Send + Sync + use<I>, Unfit> {
    let writer = parts.load::<SharedRequestSerializer>().cloned();
    let writer = writer.ok_or(Unfit::NoPart("writer of requests"))?;
    Ok(move |input| writer.serialize_input(Input::erase(input), &mut ConfigBag::base()))
}

/// The SDK writes answers into its own log at its finest level, but for those of operations whose answers are secret: this
/// says that they are.
pub(crate) fn secrecy(parts: &FrozenLayer) -> Option<StaticRuntimePlugin> {
    parts.load::<SensitiveOutput>()?;
    let mut settings = Layer::new("secrecy");
    settings.store_put(SensitiveOutput);
    Some(StaticRuntimePlugin::new().with_config(settings.freeze()))
}

/// An operation's parts, for the reader of answers among them.
#[derive(Debug)]
pub(crate) struct Reader(FrozenLayer);

impl Reader {
    pub(crate) fn of(parts: FrozenLayer) -> Result<Self, Unfit> {
        let reader = Self(parts);
        reader.get().map(drop)?;
        Ok(reader)
    }

    fn get(&self) -> Result<&SharedResponseDeserializer, Unfit> {
        let reader = self.0.load::<SharedResponseDeserializer>();
        reader.ok_or(Unfit::NoPart("reader of answers"))
    }
}

impl DeserializeResponse for Reader {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        settings: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let reader = self.get().map_err(OrchestratorError::other)?;
        reader.deserialize_nonstreaming_with_config(response, settings)
    }
}
