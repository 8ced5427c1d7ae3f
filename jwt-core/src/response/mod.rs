//! Writes HTTP: what the client sees when a token is refused.

mod answer;
mod challenge;
mod handlers;
mod reason;
mod rejection;

pub use answer::ErrorResponse;
pub use handlers::{BearerHandlers, DefaultHandlers, ErrorHandlers, ProblemHandlers};
pub use rejection::Rejection;

pub(crate) use rejection::{ResponseConfig, respond};
