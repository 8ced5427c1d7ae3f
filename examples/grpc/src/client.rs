//! The client.

use tonic::metadata::MetadataValue;
use tonic::metadata::errors::InvalidMetadataValue;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

use crate::orders::orders_client::OrdersClient;

/// Adds the token to all calls.
#[derive(Clone)]
pub struct WithToken(Option<MetadataValue<tonic::metadata::Ascii>>);

impl WithToken {
    /// Creates it for a token, or for a client without one.
    ///
    /// # Errors
    ///
    /// Returns an error if the token contains characters that metadata cannot contain.
    pub fn new(token: Option<&str>) -> Result<Self, InvalidMetadataValue> {
        let value = token.map(|token| format!("Bearer {token}").parse::<MetadataValue<_>>()).transpose()?;
        Ok(Self(value.map(|mut value| {
            // HTTP/2 does not keep it in the table of fields (RFC 7541, 7.1.3), and tonic does not print it.
            value.set_sensitive(true);
            value
        })))
    }
}

impl Interceptor for WithToken {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

impl std::fmt::Debug for WithToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WithToken").finish_non_exhaustive()
    }
}

/// Creates a client whose calls carry the token.
#[must_use]
pub fn orders(channel: Channel, token: WithToken) -> OrdersClient<InterceptedService<Channel, WithToken>> {
    OrdersClient::with_interceptor(channel, token)
}
