//! Longer pages about this library and its adapters.
//!
//! - [`migrating_from_flask`] maps flask-jwt-extended to this library, function by function and option by option.
//! - [`coming_from_jsonwebtoken`] is for users of the `jsonwebtoken` crate. It maps that crate to this library and
//!   shows how to move a service without logging anyone out.
//! - [`who_may_do_what`] shows how routes require scopes, roles, and permissions, and where the tokens of Keycloak,
//!   Auth0, Entra ID, and Cognito have them.
//! - [An MCP server](https://docs.rs/jwt-axum/latest/jwt_axum/guide/mcp_server/) accepts the tokens of an identity
//!   provider, with scopes for each tool. This page is in the guide of the axum adapter.
//! - [WebSockets](https://docs.rs/jwt-axum/latest/jwt_axum/guide/websockets/) and GraphQL subscriptions end when their
//!   tokens do. This page is in the guide of the axum adapter, and most of it applies to all frameworks.
//! - [`without_http`] shows how to verify tokens from WebSocket messages, gRPC metadata, queues, and command lines.
//! - [`decisions`] lists features that are missing on purpose, and what to do instead.
//! - [`single_page_app`] shows how to set up cookies for a single-page application, with the JavaScript that goes with
//!   them.
//! - [`changing_cookies`] shows how to move users to cookies with a different name, domain, or path.
//! - [`passwords`] shows how to check a password before a login.
//! - Each adapter has a page about limiting the rate of logins:
//!   [axum](https://docs.rs/jwt-axum/latest/jwt_axum/guide/rate_limit/),
//!   [actix-web](https://docs.rs/jwt-actix/latest/jwt_actix/guide/rate_limit/), and
//!   [warp](https://docs.rs/jwt-warp/latest/jwt_warp/guide/rate_limit/).
//! - [`observability`] lists the log events, spans, metrics, and audit events of this library, and all their values.
//! - [`scaling`] helps you choose a session store. It describes what each store costs and how to set it up.
//! - [`design`] explains why the library works the way it does.
//! - [`speed`] lists the performance goals, the measurements, and what makes a check slower.

#[doc = include_str!("migrating_from_flask.md")]
pub mod migrating_from_flask {}

#[doc = include_str!("coming_from_jsonwebtoken.md")]
pub mod coming_from_jsonwebtoken {}

#[doc = include_str!("who_may_do_what.md")]
pub mod who_may_do_what {}

#[doc = include_str!("without_http.md")]
pub mod without_http {}

#[doc = include_str!("decisions.md")]
pub mod decisions {}

#[doc = include_str!("single_page_app.md")]
pub mod single_page_app {}

#[doc = include_str!("changing_cookies.md")]
pub mod changing_cookies {}

#[doc = include_str!("passwords.md")]
pub mod passwords {}

#[doc = include_str!("observability.md")]
pub mod observability {}

#[doc = include_str!("scaling.md")]
pub mod scaling {}

#[doc = include_str!("design.md")]
pub mod design {}

// `scripts/bench.sh` writes the plots and most of the tables. The blank lines keep a plot out of the paragraph before
// it.
#[doc = concat!(
    include_str!("speed.md"), "\n", include_str!("speed.svg"), "\n",
    include_str!("speed_remote.md"), "\n",
    include_str!("growth/machine.md"), "\n",
    include_str!("growth/size.md"), "\n", include_str!("growth/size.svg"), "\n",
    include_str!("growth/keys.md"), "\n", include_str!("growth/keys.svg"), "\n",
    include_str!("growth/workers.md"), "\n", include_str!("growth/workers.svg"), "\n",
    include_str!("growth/memory.md"), "\n", include_str!("growth/memory.svg"), "\n",
    include_str!("growth/revoked.md"), "\n", include_str!("growth/revoked-ns.svg"), "\n",
    include_str!("growth/revoked-bytes.svg"),
)]
pub mod speed {}
