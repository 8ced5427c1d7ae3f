//! The leaves of the errors: what can be said of a refusal without a token at hand. What is made of them, with the
//! token where there is one, is [`TokenError`](crate::TokenError).

mod config;
mod cookie;
mod invalid;
mod kind;
mod misuse;
mod request;

pub use config::ConfigError;
pub use cookie::CookieError;
pub use invalid::{InvalidToken, Segment, SegmentCount, UntrustedName};
#[doc(inline)]
pub use jwt_session::BoxError;
pub use kind::ErrorKind;
pub use misuse::Misuse;
pub use request::{CsrfError, InvalidRequest, MissingReason};
