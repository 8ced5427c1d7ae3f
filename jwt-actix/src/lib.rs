#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod extract;
mod guard;
pub mod guide;
mod info;
mod metadata;
mod rejected;
mod renew;
mod view;

pub use auth::{Auth, LoggedIn, LoggedOut, Refreshed};
pub use extract::{
    AccessToken, AnyToken, CurrentUser, Extracting, FreshToken, OptionalToken, RefreshToken, TokenFor,
    extract,
};
pub use guard::{Require, RequireService, require};
pub use metadata::resource_metadata;
pub use rejected::{Rejected, with_cookies};
pub use renew::{Renew, RenewService, renew};
pub use view::View;

/// The version of the `http` crate that [`ErrorResponse`] uses.
///
/// The types in `actix_web::http` are from an older version and do not fit.
///
/// ```
/// use jwt_actix::http::StatusCode;
/// use jwt_actix::{Config, ErrorHandlers, ErrorResponse, JwtManager, Refusal};
///
/// struct Answers;
///
/// impl ErrorHandlers for Answers {
///     fn expired_token(&self, _: &Refusal<'_>) -> ErrorResponse {
///         ErrorResponse::text(StatusCode::UNAUTHORIZED, "Please log in again.")
///     }
/// }
///
/// # let secret = &jwt_actix::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).error_handlers(Answers).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
