//! Writes HTTP: what the client sees when a token is refused.

mod answer;
mod challenge;
mod cookies;
mod handlers;
mod reason;
mod rejection;

pub use answer::ErrorResponse;
pub use cookies::SetCookies;
pub use handlers::{BearerHandlers, DefaultHandlers, ErrorHandlers, ProblemHandlers};
pub use rejection::Rejection;

pub(crate) use rejection::respond;
