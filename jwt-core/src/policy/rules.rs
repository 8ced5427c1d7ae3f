//! Rules of the application in a policy.

use std::fmt;
use std::sync::Arc;

use super::{Late, Policy};
use crate::rule::Rule;

/// The rule of a constant policy.
#[derive(Clone, Copy)]
pub(super) struct StaticRule(Option<&'static dyn Rule>);

impl StaticRule {
    pub(super) const NONE: Self = Self(None);
}

/// The rules that were added at run time.
#[derive(Clone, Default)]
pub(super) struct OwnedRules(Vec<Arc<dyn Rule>>);

/// Rules of your own.
impl Policy {
    /// Adds a rule of the application, which sees the token and the request. [`Rule`] describes when it is called.
    ///
    /// This is for constant policies, such as those of extractors. There can be one call; to combine rules, call them in
    /// a rule of your own, or use [`with_rule`](Self::with_rule).
    ///
    /// ```
    /// use jwt_core::{Policy, RequestInfo, Token, TokenPolicy};
    ///
    /// fn is_owner(token: &Token, request: &RequestInfo) -> bool {
    ///     request.path().split('/').nth(2) == Some(token.identity())
    /// }
    ///
    /// struct Owner;
    ///
    /// impl TokenPolicy for Owner {
    ///     const POLICY: Policy = Policy::access().rule(&is_owner);
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the policy already has such a rule, because the first one would have no effect. In a constant, this is an
    /// error of the compiler.
    #[track_caller]
    pub const fn rule(mut self, rule: &'static dyn Rule) -> Self {
        assert!(
            self.late.rule.0.is_none(),
            "a policy can have one call of rule(): combine the rules in one function, or use with_rule()"
        );
        self.late.rule = StaticRule(Some(rule));
        self
    }

    /// Adds a rule of the application that is created at run time. Calls add up, and the token has to satisfy all rules.
    ///
    /// ```
    /// use std::collections::HashSet;
    ///
    /// use jwt_core::{Policy, RequestInfo, Token};
    ///
    /// let blocked: HashSet<String> = HashSet::new();
    /// let policy = Policy::access()
    ///     .with_rule(move |token: &Token, _: &RequestInfo| !blocked.contains(token.identity()));
    /// # let _ = policy;
    /// ```
    pub fn with_rule(mut self, rule: impl Rule) -> Self {
        self.owned().rules.0.push(Arc::new(rule));
        self
    }
}

impl Late {
    /// Whether the policy has a rule of the application.
    #[inline]
    pub(crate) fn has_rules(&self) -> bool {
        self.rule.0.is_some() || self.owned.as_deref().is_some_and(|owned| !owned.rules.0.is_empty())
    }

    /// The rules, that of the constant first.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &dyn Rule> {
        let owned = self.owned.iter().flat_map(|owned| &owned.rules.0).map(|rule| &**rule);
        self.rule.0.into_iter().map(|rule| rule as &dyn Rule).chain(owned)
    }

    /// The most bytes of the body that a rule reads. `None` if no rule needs the body.
    pub(crate) fn body_limit(&self) -> Option<usize> {
        self.rules().filter_map(Rule::body_limit).max()
    }
}

impl fmt::Debug for StaticRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rule").field(&self.0.is_some()).finish()
    }
}

impl fmt::Debug for OwnedRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rules").field(&self.0.len()).finish()
    }
}
