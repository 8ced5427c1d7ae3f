use std::fmt;

use super::rule::is_scope;

/// The authorities that a policy requires: all-of a list of groups, each of which is any-of a list of names.
///
/// [`TokenError::InsufficientScope`](crate::TokenError::InsufficientScope) contains them, and
/// [`Refusal::required_authorities`](crate::Refusal::required_authorities) returns them. They come from the policy of the
/// route, never from the token, so a response can show them.
///
/// ```
/// use jwt_core::{Config, ErrorHandlers, ErrorResponse, JwtManager, Policy, Refusal};
/// use serde_json::json;
///
/// struct Answers;
///
/// impl ErrorHandlers for Answers {
///     fn insufficient_scope(&self, refusal: &Refusal<'_>) -> ErrorResponse {
///         let groups = refusal.required_authorities().into_iter().flat_map(|required| required.groups());
///         let groups: Vec<Vec<&str>> = groups.map(Iterator::collect).collect();
///         ErrorResponse::json(403, &json!({ "required": groups }))
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).error_handlers(Answers).build()?;
/// # let token = jwt.access_token("alice").encode()?;
/// # let request = http::Request::builder().header("authorization", format!("Bearer {token}")).body(())?;
/// # let policy = Policy::access().authorities(&["role:staff"]).any_authority(&["orders:write", "orders:admin"]);
/// # let Err(error) = jwt.complete_now(jwt.check(&request, &policy)?).expect("no store") else { panic!() };
/// # let response = jwt.respond(&error, &request, &policy);
/// # assert_eq!(response.body(), r#"{"required":[["role:staff"],["orders:write","orders:admin"]]}"#);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RequiredAuthorities(Box<Required>);

#[derive(Clone)]
struct Required {
    groups: Vec<Vec<Box<str>>>,
    /// The scopes of the challenge.
    scope: Option<Box<str>>,
    /// Whether each group has a scope.
    has_scopes_alone: bool,
}

impl RequiredAuthorities {
    /// Creates the requirement of all these scopes, for handlers that decide themselves and for tests.
    pub fn scopes<S: Into<Box<str>>>(names: impl IntoIterator<Item = S>) -> Self {
        Self::new(names.into_iter().map(|name| (vec![name.into()], true)), |_| false)
    }

    /// The groups, and whether each consists of scopes. In the others, `has_prefix` says whether a name has the prefix of a
    /// claim, so that it is not a scope.
    pub(crate) fn new(
        groups: impl IntoIterator<Item = (Vec<Box<str>>, bool)>,
        has_prefix: impl Fn(&str) -> bool,
    ) -> Self {
        let (mut all, mut scopes, mut has_scopes_alone) = (Vec::new(), Vec::<Box<str>>::new(), true);
        for (group, are_scopes) in groups {
            match group.iter().find(|name| is_scope(name) && (are_scopes || !has_prefix(name))) {
                Some(scope) if !scopes.contains(scope) => scopes.push(scope.clone()),
                Some(_) => {}
                None => has_scopes_alone = false,
            }
            all.push(group);
        }
        let scope = (!scopes.is_empty()).then(|| scopes.join(" ").into());
        let groups = all;
        Self(Box::new(Required { groups, scope, has_scopes_alone }))
    }

    /// Returns an iterator over the groups. A token needs at least one name of each group.
    pub fn groups(&self) -> impl Iterator<Item = impl Iterator<Item = &str>> {
        self.0.groups.iter().map(|group| group.iter().map(|name| &**name))
    }

    /// Returns the `scope` parameter of the challenge (RFC 6750, 3): scopes that are sufficient if the token also has the
    /// required roles, separated by spaces. `None` if no scope is required.
    ///
    /// Of each group, this is the first name that is a scope. Put the scope that you want clients to ask for first. A
    /// name with the prefix of a claim, such as `role:admin`, is not a scope, because no client can ask for it.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.0.scope.as_deref()
    }

    /// Whether scopes are sufficient.
    pub(crate) const fn has_scopes_alone(&self) -> bool {
        self.0.has_scopes_alone
    }
}

impl fmt::Debug for RequiredAuthorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequiredAuthorities").field(&self.0.groups).finish()
    }
}
