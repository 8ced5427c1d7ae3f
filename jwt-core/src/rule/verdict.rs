use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::error::BoxError;

/// The decision of a [`Rule`](super::Rule).
///
/// A `bool` and a `Result` of one convert into it. An error means that the answer is not known: the client gets a 503.
///
/// ```
/// use jwt_core::{Policy, RequestInfo, Token, Verdict};
///
/// # async fn is_member(_: &str, _: &str) -> Result<bool, std::io::Error> { Ok(true) }
/// /// Asks the database whether the user belongs to the tenant in the path.
/// fn is_of_tenant(token: &Token, request: &RequestInfo) -> Verdict {
///     let Some(tenant) = request.path().split('/').nth(2).map(String::from) else {
///         return Verdict::deny();
///     };
///     let token = token.clone();
///     Verdict::later(async move { is_member(token.identity(), &tenant).await })
/// }
///
/// const TENANT: Policy = Policy::access().rule(&is_of_tenant);
/// # let _ = TENANT;
/// ```
#[must_use = "a verdict has no effect unless the rule returns it"]
pub struct Verdict {
    /// Authorities, and whether each of them is a scope.
    pub(crate) required: Vec<(Box<str>, bool)>,
    pub(crate) refused: Option<Refused>,
    pub(crate) later: Vec<Later>,
}

/// Why a rule does not permit a request.
pub(crate) enum Refused {
    Denied,
    Malformed,
    Failed(BoxError),
}

/// The rest of a decision.
pub(crate) type Later = Pin<Box<dyn Future<Output = Verdict> + Send>>;

impl Verdict {
    /// Creates a verdict that permits the request.
    pub const fn permit() -> Self {
        Self { required: Vec::new(), refused: None, later: Vec::new() }
    }

    /// Creates a verdict that does not permit the request. The client gets the response of
    /// [`ErrorHandlers::forbidden`](crate::ErrorHandlers::forbidden), a 403.
    pub const fn deny() -> Self {
        Self::refuse(Refused::Denied)
    }

    /// Creates a verdict for a request that the rule cannot read, so that it cannot say what the request needs. The client
    /// gets a 400.
    pub const fn malformed() -> Self {
        Self::refuse(Refused::Malformed)
    }

    pub(crate) const fn has_failed(&self) -> bool {
        matches!(self.refused, Some(Refused::Failed(_)))
    }

    const fn refuse(refused: Refused) -> Self {
        Self { required: Vec::new(), refused: Some(refused), later: Vec::new() }
    }

    /// Creates a verdict that requires all of these authorities, prefix included, in addition to those of the policy. With
    /// an empty list, it permits the request.
    ///
    /// The names are compared as those of the policy are, with the [hierarchy](crate::Config::authority_hierarchy). If the
    /// token lacks any of them, one 403 names all that the policy and its rules require, so that the client can get a
    /// sufficient token in one step. No token has a name that is not valid, such as an empty one. If the rules of a request
    /// require more than 64 names, or one of more than 256 bytes, the request is denied.
    pub fn requires<S: Into<Box<str>>>(authorities: impl IntoIterator<Item = S>) -> Self {
        Self::requires_all(authorities, false)
    }

    /// Creates the same verdict as [`requires`](Self::requires) for scopes, as
    /// [`Policy::scopes`](crate::Policy::scopes) requires them.
    pub fn requires_scopes<S: Into<Box<str>>>(scopes: impl IntoIterator<Item = S>) -> Self {
        Self::requires_all(scopes, true)
    }

    fn requires_all<S: Into<Box<str>>>(names: impl IntoIterator<Item = S>, are_scopes: bool) -> Self {
        let required = names.into_iter().map(|name| (name.into(), are_scopes)).collect();
        Self { required, ..Self::permit() }
    }

    /// Creates a verdict that is not known yet. The future owns what it needs: [`Token`](crate::Token) and
    /// [`RequestInfo`](super::RequestInfo) are cheap to clone. It returns a `bool`, a `Result` of one, or a `Verdict`.
    ///
    /// It runs after all authorities and all immediate verdicts.
    pub fn later<V: Into<Self>>(future: impl Future<Output = V> + Send + 'static) -> Self {
        let later: Later = Box::pin(async move { future.await.into() });
        Self { later: vec![later], ..Self::permit() }
    }

    /// Combines two verdicts, so that both have to permit the request.
    ///
    /// ```
    /// use jwt_core::mcp::ToolScopes;
    /// use jwt_core::{Policy, RequestInfo, Rule, Token, Verdict};
    ///
    /// const TOOLS: ToolScopes = ToolScopes::new(&[("delete_note", &["notes:write"])]);
    ///
    /// fn from_the_office(_: &Token, request: &RequestInfo) -> bool {
    ///     request.header("x-network") == Some("office")
    /// }
    ///
    /// struct Both;
    ///
    /// impl Rule for Both {
    ///     fn check(&self, token: &Token, request: &RequestInfo) -> Verdict {
    ///         TOOLS.check(token, request).and(from_the_office(token, request))
    ///     }
    ///
    ///     fn body_limit(&self) -> Option<usize> {
    ///         TOOLS.body_limit()
    ///     }
    /// }
    ///
    /// const MCP: Policy = Policy::access().rule(&Both);
    /// # let _ = MCP;
    /// ```
    pub fn and(mut self, other: impl Into<Self>) -> Self {
        let other = other.into();
        self.required.extend(other.required);
        self.refused = self.refused.or(other.refused);
        self.later.extend(other.later);
        self
    }

    /// Returns whether the verdict permits the request, for the tests of a rule. `None` if that depends on the authorities
    /// of the token, on a future, or on something that failed.
    #[must_use]
    pub fn is_permitted(&self) -> Option<bool> {
        match self.refused {
            Some(Refused::Denied | Refused::Malformed) => Some(false),
            Some(Refused::Failed(_)) => None,
            None => (self.required.is_empty() && self.later.is_empty()).then_some(true),
        }
    }

    /// Returns an iterator over the authorities that the verdict requires, for the tests of a rule.
    pub fn required(&self) -> impl Iterator<Item = &str> {
        self.required.iter().map(|(name, _)| &**name)
    }
}

impl From<bool> for Verdict {
    fn from(permitted: bool) -> Self {
        if permitted { Self::permit() } else { Self::deny() }
    }
}

impl<E: Into<BoxError>> From<Result<bool, E>> for Verdict {
    fn from(decided: Result<bool, E>) -> Self {
        decided.map_or_else(|error| Self::refuse(Refused::Failed(error.into())), Self::from)
    }
}

// The future and the names can contain data of the request.
impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdict").finish_non_exhaustive()
    }
}
