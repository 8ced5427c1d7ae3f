#![doc = include_str!("../README.md")]

mod extract;
mod guard;
mod rejected;
mod view;

pub use extract::{
    AccessToken, AnyToken, CurrentUser, FreshToken, OptionalToken, RefreshToken, TokenFor, extract,
};
pub use guard::{Require, RequireService, require};
pub use rejected::{NotIssued, Rejected, with_cookies};
pub use view::View;

pub use jwt_core;
#[doc(no_inline)]
pub use jwt_core::{
    Authenticated, Config, ErrorHandlers, ErrorResponse, JwtManager, Policy, Rejection, Token, TokenPolicy,
};
