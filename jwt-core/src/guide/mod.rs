//! Longer pages about this library and its adapters.
//!
//! - [`migrating_from_flask`] maps flask-jwt-extended to this library, function by function and option by option.
//! - [`coming_from_jsonwebtoken`] is for users of the `jsonwebtoken` crate: what replaces what, and how to move a service
//!   without logging anybody out.
//! - [`without_http`] shows how to verify tokens from WebSocket messages, gRPC metadata, queues, and command lines.
//! - [`decisions`] lists features that are missing on purpose, and what to do instead.
//! - [`scaling`] helps you choose a store of sessions, and says what each one costs and how to set it up.
//! - [`design`] explains why the library works the way it does.
//! - [`speed`] lists the performance goals, the measurements, and what makes a check slower.

#[doc = include_str!("migrating_from_flask.md")]
pub mod migrating_from_flask {}

#[doc = include_str!("coming_from_jsonwebtoken.md")]
pub mod coming_from_jsonwebtoken {}

#[doc = include_str!("without_http.md")]
pub mod without_http {}

#[doc = include_str!("decisions.md")]
pub mod decisions {}

#[doc = include_str!("scaling.md")]
pub mod scaling {}

#[doc = include_str!("design.md")]
pub mod design {}

// `scripts/bench.sh` writes the plots and most of the tables. The blank lines keep a plot out of the paragraph before it.
#[doc = concat!(
    include_str!("speed.md"), "\n", include_str!("speed.svg"), "\n",
    include_str!("growth/machine.md"), "\n",
    include_str!("growth/size.md"), "\n", include_str!("growth/size.svg"), "\n",
    include_str!("growth/keys.md"), "\n", include_str!("growth/keys.svg"), "\n",
    include_str!("growth/workers.md"), "\n", include_str!("growth/workers.svg"), "\n",
    include_str!("growth/memory.md"), "\n", include_str!("growth/memory.svg"), "\n",
    include_str!("growth/revoked.md"), "\n", include_str!("growth/revoked-ns.svg"), "\n",
    include_str!("growth/revoked-bytes.svg"),
)]
pub mod speed {}
