//! Scopes for the tools of a server of the [Model Context Protocol](https://modelcontextprotocol.io).
//!
//! [`ToolScopes`] is a [`Rule`](crate::Rule): a policy for the endpoint that says what each tool needs.

mod message;
mod tools;

pub use tools::{Listed, Loaded, ToolScopes};
