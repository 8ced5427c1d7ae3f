//! HTTP responses to rejected requests and to successful logins.

mod answer;
mod challenge;
mod cookies;
mod handlers;
pub(crate) mod issued;
mod reason;
mod refusal;
mod resource_metadata;
mod status;

pub use answer::ErrorResponse;
pub use cookies::SetCookies;
pub use handlers::{BearerHandlers, ErrorHandlers, FlaskHandlers, ProblemHandlers};
pub use refusal::Refusal;
pub use resource_metadata::ResourceMetadata;
pub use status::IntoStatus;

pub(crate) use answer::Unset;
pub(crate) use reason::reason;
pub(crate) use refusal::respond;
