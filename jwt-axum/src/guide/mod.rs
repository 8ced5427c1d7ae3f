//! In-depth guides for this adapter. [`jwt_core::guide`] has the guides that apply to all adapters.
//!
//! - [`mcp_server`] shows how to write an MCP server that accepts the tokens of an identity provider, with scopes for
//!   each tool.
//! - [`rate_limit`] shows how to limit the rate of logins.
//! - [`websockets`] shows how to authenticate WebSockets and GraphQL subscriptions, and how to end them with their tokens.

#[doc = include_str!("mcp_server.md")]
pub mod mcp_server {}

#[doc = include_str!("rate_limit.md")]
pub mod rate_limit {}

#[doc = include_str!("websockets.md")]
pub mod websockets {}
