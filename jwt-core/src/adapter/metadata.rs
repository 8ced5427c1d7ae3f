use crate::error::ConfigError;
use crate::manager::JwtManager;
use crate::response::ResourceMetadata;

/// Returns the metadata of the protected resource, for the route of an adapter.
///
/// # Errors
///
/// Returns an error if the configuration of the manager does not name a resource.
pub fn metadata_of(jwt: &JwtManager) -> Result<ResourceMetadata, ConfigError> {
    jwt.resource_metadata().cloned().ok_or_else(|| {
        ConfigError::invalid(
            "resource_metadata",
            "needs a protected resource: call resource() on the Config, with the address of the API",
        )
    })
}
