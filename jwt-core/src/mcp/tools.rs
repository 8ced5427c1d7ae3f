use http::header::CONTENT_ENCODING;

use super::message::Message;
use crate::authority::{NameRule, are_equal, problem};
use crate::error::ConfigError;
use crate::rule::{RequestInfo, Rule, Verdict};
use crate::token::Token;

/// The default of [`ToolScopes::max_body_bytes`]: 4 MiB.
const LIMIT: usize = 4 * 1024 * 1024;

/// The names of tools or methods, and the scopes that each of them needs.
type Table = &'static [(&'static str, &'static [&'static str])];

/// The scopes that the tools of an MCP server need, in addition to those of the endpoint's policy.
///
/// ```
/// use jwt_core::Policy;
/// use jwt_core::mcp::ToolScopes;
///
/// const TOOLS: ToolScopes = ToolScopes::new(&[
///     ("list_notes", &[]),
///     ("delete_note", &["notes:write"]),
/// ]);
/// const MCP: Policy = Policy::access().scopes(&["notes:read"]).rule(&TOOLS);
/// # let _ = MCP;
/// ```
///
/// Put a guard with this policy in front of the endpoint. A call of `delete_note` by a token with `notes:read` alone gets a
/// 403 whose challenge names `notes:read notes:write`, so clients can ask the user for more. A tool cannot respond in
/// this way itself, because an error of a tool is a response with the status 200.
///
/// The guard reads the body of each request, after it has accepted the token, and takes the name of the tool from there.
/// Never decide by the field `Mcp-Name` alone: clients of earlier versions of the protocol do not send it, and servers do
/// not compare it then. A body that servers can read in different ways is rejected with a 400: batches, members that
/// occur twice, and names such as `$serde_json::private::RawValue`.
///
/// If something decodes or rewrites bodies, put it in front of the guard. A body with a `Content-Encoding` is rejected with
/// a 400. With an [optional](crate::Policy::optional) policy, requests without a token can call every tool.
///
/// A tool that is not in the list is denied, unless [`other_tools`](Self::other_tools) is called. Other methods, such as
/// `tools/list` and `resources/read`, need nothing more than the policy, unless [`methods`](Self::methods) says so.
///
/// `T` says where the list comes from: [`Listed`] for [`new`](Self::new), [`Loaded`] for [`try_new`](ToolScopes::try_new).
#[derive(Clone, Debug)]
pub struct ToolScopes<T = Listed> {
    tools: T,
    others: Option<&'static [&'static str]>,
    methods: Table,
    limit: usize,
}

/// A constant list of tools.
#[derive(Clone, Copy, Debug)]
pub struct Listed(Table);

/// A list of tools that is only known at run time.
#[derive(Clone, Debug)]
pub struct Loaded(Vec<(Box<str>, Vec<Box<str>>)>);

/// Only this crate has lists of tools.
#[allow(unnameable_types, reason = "nobody else may name it")]
mod sealed {
    use crate::rule::Verdict;

    pub trait Tools {
        /// What a tool needs. `None` if it is not in the list.
        fn of(&self, tool: &str) -> Option<Verdict>;
    }
}
use sealed::Tools;

impl Tools for Listed {
    fn of(&self, tool: &str) -> Option<Verdict> {
        find(self.0, tool).map(requires)
    }
}

impl Tools for Loaded {
    fn of(&self, tool: &str) -> Option<Verdict> {
        let (_, scopes) = self.0.iter().find(|(name, _)| **name == *tool)?;
        Some(Verdict::requires_scopes(scopes.iter().cloned()))
    }
}

fn requires(scopes: &'static [&'static str]) -> Verdict {
    Verdict::requires_scopes(scopes.iter().copied())
}

impl ToolScopes {
    /// Creates the rule for these tools. Each needs all scopes in its list, which can be empty.
    ///
    /// # Panics
    ///
    /// Panics if a name is empty or repeated, or if a scope is not one (RFC 6749, 3.3). In a constant, this is an error of
    /// the compiler:
    ///
    /// ```compile_fail,E0080
    /// use jwt_core::mcp::ToolScopes;
    ///
    /// const TOOLS: ToolScopes = ToolScopes::new(&[("delete_note", &["notes write"])]);
    /// # let _ = &TOOLS;
    /// ```
    ///
    /// For tools that are only known at run time, use [`try_new`](Self::try_new).
    #[must_use]
    #[track_caller]
    pub const fn new(tools: Table) -> Self {
        check(tools);
        Self { tools: Listed(tools), others: None, methods: &[], limit: LIMIT }
    }
}

impl ToolScopes<Loaded> {
    /// Creates the rule for tools that are only known at run time.
    ///
    /// # Errors
    ///
    /// Returns an error where [`new`](Self::new) panics.
    pub fn try_new<N: Into<Box<str>>, S: Into<Box<str>>>(
        tools: impl IntoIterator<Item = (N, impl IntoIterator<Item = S>)>,
    ) -> Result<Self, ConfigError> {
        let tools = tools.into_iter().map(|(name, scopes)| {
            let scopes: Vec<Box<str>> = scopes.into_iter().map(Into::into).collect();
            (name.into(), scopes)
        });
        let tools: Vec<(Box<str>, Vec<Box<str>>)> = tools.collect();
        let mut names: Vec<&str> = tools.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        let is_repeated = names.windows(2).any(|pair| matches!(pair, [one, other] if one == other));
        if is_repeated || names.contains(&"") {
            return Err(ConfigError::invalid(
                "ToolScopes::try_new",
                "must not have a name that is empty or repeated: pass each tool once, with all its scopes",
            ));
        }
        for (_, scopes) in &tools {
            let scopes: Vec<&str> = scopes.iter().map(|scope| &**scope).collect();
            if let (false, Some(problem)) = (scopes.is_empty(), problem(&scopes, NameRule::Scope)) {
                return Err(ConfigError::invalid("ToolScopes::try_new", problem.predicate));
            }
        }
        Ok(Self { tools: Loaded(tools), others: None, methods: &[], limit: LIMIT })
    }
}

impl<T> ToolScopes<T> {
    /// Permits tools that are not in the list. They need these scopes, or nothing more than the policy if the list is
    /// empty. Default: they are denied.
    ///
    /// # Panics
    ///
    /// Panics if a scope is not one (RFC 6749, 3.3).
    #[must_use]
    #[track_caller]
    pub const fn other_tools(mut self, scopes: &'static [&'static str]) -> Self {
        check_scopes(scopes);
        self.others = Some(scopes);
        self
    }

    /// Sets the scopes that methods other than `tools/call` need, such as `resources/read`. A later call replaces the
    /// list.
    ///
    /// # Panics
    ///
    /// Panics in the same cases as [`new`](Self::new), and if the list contains `tools/call`.
    #[must_use]
    #[track_caller]
    pub const fn methods(mut self, methods: Table) -> Self {
        check(methods);
        assert!(
            find(methods, "tools/call").is_none(),
            "tools/call has a list of its own: name the tools in new()"
        );
        self.methods = methods;
        self
    }

    /// Sets the maximum number of bytes of a body. A larger body gets a 413. Default: 4 MiB.
    #[must_use]
    pub const fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }
}

impl<T: Tools + Send + Sync + 'static> Rule for ToolScopes<T> {
    fn check(&self, _: &Token, request: &RequestInfo) -> Verdict {
        // A layer could decode the body for the server. The guard sees the encoded one.
        let is_encoded = |field: &str| !field.trim().eq_ignore_ascii_case("identity");
        if request.headers().contains_key(CONTENT_ENCODING)
            && request.header("content-encoding").is_none_or(is_encoded)
        {
            return Verdict::malformed();
        }
        let body = request.body().map(|body| &**body).unwrap_or_default();
        // A stream is opened with GET, and a session ended with DELETE.
        if body.is_empty() && request.method() != "POST" {
            return Verdict::permit();
        }
        match Message::read(body) {
            None => Verdict::malformed(),
            Some(Message::Response) => Verdict::permit(),
            Some(Message::ToolCall(name)) => {
                self.tools.of(&name).or_else(|| self.others.map(requires)).unwrap_or_else(|| {
                    tracing::debug!("a tool that is not in the list of ToolScopes was called");
                    Verdict::deny()
                })
            }
            Some(Message::Method(method)) => match find(self.methods, &method) {
                Some(scopes) => requires(scopes),
                None => Verdict::permit(),
            },
        }
    }

    fn body_limit(&self) -> Option<usize> {
        Some(self.limit)
    }
}

const fn find(table: Table, name: &str) -> Option<&'static [&'static str]> {
    let mut left = table;
    while let [(first, scopes), rest @ ..] = left {
        if are_equal(first.as_bytes(), name.as_bytes()) {
            return Some(scopes);
        }
        left = rest;
    }
    None
}

#[track_caller]
const fn check(table: Table) {
    let mut left = table;
    while let [(name, scopes), rest @ ..] = left {
        assert!(!name.is_empty(), "the name of a tool or a method must not be empty");
        assert!(find(rest, name).is_none(), "a name must not occur twice: put all scopes into one list");
        check_scopes(scopes);
        left = rest;
    }
}

#[track_caller]
#[expect(
    clippy::panic,
    reason = "the scopes are constants, so this happens when the program is compiled or started"
)]
const fn check_scopes(scopes: &[&str]) {
    if scopes.is_empty() {
        return;
    }
    if let Some(problem) = problem(scopes, NameRule::Scope) {
        panic!("{}", problem.sentence);
    }
}
