#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod extract;
mod guard;
pub mod guide;
mod rejected;
mod renew;

pub use auth::{Auth, LoggedIn, LoggedOut, Refreshed};
pub use extract::{
    AccessToken, AnyToken, CurrentUser, FreshToken, OptionalToken, RefreshToken, TokenFor, extract,
};
pub use guard::{Require, RequireService, require};
pub use rejected::{Rejected, with_cookies};
pub use renew::{Renew, RenewService, renew};

pub use jwt_core;
#[doc(no_inline)]
pub use jwt_core::{
    Authenticated, Config, ErrorHandlers, ErrorResponse, JwtManager, Location, Policy, Refusal, Token,
    TokenPolicy,
};
#[doc(no_inline)]
pub use jwt_core::{error, keys, session};

/// The programs of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
