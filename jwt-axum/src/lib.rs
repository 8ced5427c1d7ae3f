#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod extract;
mod guard;
pub mod guide;
mod metadata;
mod provide;
mod rejected;
mod renew;

pub use auth::{Auth, LoggedIn, LoggedOut, Refreshed};
pub use extract::{
    AccessToken, AnyToken, CurrentUser, FreshToken, OptionalToken, RefreshToken, TokenFor, extract,
};
pub use guard::{Require, RequireService, require};
pub use metadata::{ServeResourceMetadata, resource_metadata};
pub use provide::{Provide, ProvideService, provide, provide_from};
pub use rejected::{Rejected, with_cookies};
pub use renew::{Renew, RenewService, renew};

/// The version of the `http` crate that [`ErrorResponse`] and [`error`] use.
pub use http;
pub use jwt_core;
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
#[doc(no_inline)]
pub use jwt_core::metrics;
#[doc(no_inline)]
pub use jwt_core::{
    Algorithm, Authenticated, Authorities, AuthorityClaim, BearerHandlers, BoxError, Checked, Config,
    ConfigError, CookieScope, EncodeError, EndReason, Ends, ErrorHandlers, ErrorKind, ErrorResponse,
    Exchange, Explanation, Extract, FlaskHandlers, IntoAnswer, IntoStatus, IntoVerdict, Issuer, IssuerKeys,
    JwtManager, JwtManagerBuilder, KeyMismatch, KeySource, Location, Login, NoStore, PeerAddr, Policy,
    ProblemHandlers, Refusal, RequestInfo, RequestView, RequiredAuthorities, RequiredLogin, ResourceMetadata,
    Rule, SameSite, SetCookies, StageOutcome, StageReport, Token, TokenBuilder, TokenError, TokenKind,
    TokenPolicy, Verdict, error, keys, mcp, session, token,
};

/// Compiles the programs in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
