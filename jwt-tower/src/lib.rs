#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod extensions;
mod future;
mod grpc;
mod guarded;
#[cfg(feature = "tonic")]
mod interceptor;
mod layer;
mod metadata;
mod policies;
mod reads;
mod renew;
mod sealed;
mod service;
mod streams;

pub use answer::{Answer, Same, With, Wrap};
pub use extensions::authenticated;
pub use future::ResponseFuture;
pub use guarded::Guarded;
#[cfg(feature = "tonic")]
#[cfg_attr(docsrs, doc(cfg(feature = "tonic")))]
pub use interceptor::{JwtInterceptor, interceptor};
pub use layer::JwtLayer;
pub use metadata::{ServeResourceMetadata, WithResourceMetadata, resource_metadata};
pub use policies::{Policies, PublicPaths};
pub use reads::{Buffer, ReadBody, Reads, Unread};
pub use renew::{Renew, RenewService, renew};
pub use service::JwtService;

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
    Exchange, Explanation, FlaskHandlers, IntoAnswer, IntoStatus, IntoVerdict, Issuer, IssuerKeys,
    JwtManager, JwtManagerBuilder, KeyMismatch, KeySource, Location, Login, NoStore, PeerAddr, Policy,
    ProblemHandlers, Refusal, RequestInfo, RequestView, RequiredAuthorities, RequiredLogin, ResourceMetadata,
    Rule, SameSite, SetCookies, StageOutcome, StageReport, Token, TokenBuilder, TokenError, TokenKind,
    TokenPolicy, Verdict, error, keys, mcp, session, token,
};

/// Compiles the programs in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
