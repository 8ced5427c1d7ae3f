//! Errors and their causes.
//!
//! [`TokenError`](crate::TokenError) is the error of a token check. Most types in this module are its causes. They do
//! not carry a token.

mod config;
mod cookie;
mod invalid;
mod keys_unavailable;
mod kind;
mod misuse;
mod request;

pub use config::ConfigError;
pub use cookie::CookieError;
pub use invalid::{InvalidToken, Segment, SegmentCount, UntrustedName};
#[doc(inline)]
pub use jwt_session::BoxError;
pub use keys_unavailable::KeysUnavailable;
pub use kind::ErrorKind;
pub use misuse::Misuse;
pub use request::{CsrfError, InvalidRequest, MissingReason};
