//! The authorities that a policy requires.

use super::{Late, Owned, Policy};
use crate::authority::{MOST_BYTES, MOST_NAMES, NameRule, Problem, TOO_MANY, problem};
use crate::error::ConfigError;

/// The maximum number of lists in a constant policy.
const MOST_LISTS: usize = 4;

/// Constant lists of names, in the order of the calls. The unused ones are empty. They have a fixed size, because a
/// constant cannot allocate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lists {
    names: [&'static [&'static str]; MOST_LISTS],
    /// Whether one name of the list is sufficient.
    any: [bool; MOST_LISTS],
}

/// Names of which a token needs one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Alternatives<'a> {
    /// A name that must be a scope.
    Scope(&'a str),
    One(&'a str),
    Constant(&'a [&'static str]),
    Owned(&'a [Box<str>]),
}

impl Lists {
    pub(super) const NONE: Self = Self { names: [&[]; MOST_LISTS], any: [false; MOST_LISTS] };

    const fn with(mut self, names: &'static [&'static str], any: bool) -> Option<Self> {
        let (mut free, mut free_any): (&mut [_], &mut [_]) = (&mut self.names, &mut self.any);
        while let ([first, rest @ ..], [first_any, rest_any @ ..]) = (free, free_any) {
            if first.is_empty() {
                (*first, *first_any) = (names, any);
                return Some(self);
            }
            (free, free_any) = (rest, rest_any);
        }
        None
    }

    const fn is_empty(&self) -> bool {
        let [first, ..] = &self.names;
        first.is_empty()
    }

    fn groups(&self) -> impl Iterator<Item = Alternatives<'_>> {
        self.names.iter().zip(self.any).flat_map(|(names, any)| {
            let (together, each) =
                if any { (Some(Alternatives::Constant(names)), &[][..]) } else { (None, *names) };
            let together = together.filter(|_| !names.is_empty());
            together.into_iter().chain(each.iter().map(|name| Alternatives::One(name)))
        })
    }
}

impl<'a> Alternatives<'a> {
    /// The names, and whether they are scopes.
    pub(crate) fn named(self) -> (Vec<Box<str>>, bool) {
        (self.into_iter().map(Into::into).collect(), matches!(self, Self::Scope(_)))
    }
}

impl<'a> IntoIterator for Alternatives<'a> {
    type Item = &'a str;
    type IntoIter = Names<'a>;

    fn into_iter(self) -> Names<'a> {
        Names(self)
    }
}

/// The names that are left.
pub(crate) struct Names<'a>(Alternatives<'a>);

impl<'a> Iterator for Names<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        match self.0 {
            Alternatives::Scope(name) | Alternatives::One(name) => {
                self.0 = Alternatives::Constant(&[]);
                Some(name)
            }
            Alternatives::Constant(names) => {
                let (first, rest) = names.split_first()?;
                self.0 = Alternatives::Constant(rest);
                Some(first)
            }
            Alternatives::Owned(names) => {
                let (first, rest) = names.split_first()?;
                self.0 = Alternatives::Owned(rest);
                Some(first)
            }
        }
    }
}

/// Stops the compiler, or the program if the policy is not a constant.
#[track_caller]
#[expect(
    clippy::panic,
    reason = "the names are constants, so this happens when the program is compiled or started"
)]
pub(super) const fn refuse(problem: Option<Problem>) {
    if let Some(problem) = problem {
        panic!("{}", problem.sentence);
    }
}

/// Authorities. [Scopes, roles, and permissions](#scopes-roles-and-permissions) is an overview.
impl Policy {
    /// Requires all of these scopes (RFC 6749, 3.3). A later call replaces the list.
    ///
    /// The scopes of a token are the names in its `scope` claim (RFC 8693, 4.2), and in the claims that the configuration
    /// maps to authorities without a prefix, such as `scp`. A role or another authority with a prefix is not a scope, so the
    /// role `admin` does not satisfy a policy that requires the scope `role:admin`.
    ///
    /// ```
    /// use jwt_core::Policy;
    ///
    /// const ADMIN: Policy = Policy::access().scopes(&["admin"]);
    /// ```
    ///
    /// A constant with an invalid name does not compile:
    ///
    /// ```compile_fail,E0080
    /// # use jwt_core::Policy;
    /// const ADMIN: Policy = Policy::access().scopes(&["read write"]);
    /// # let _ = ADMIN;
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if a name is not a scope, if a name is repeated or longer than 256 bytes, or if there are more than 64
    /// names. For names that are only known at run time, use [`require_scope`](Self::require_scope) or
    /// [`try_authorities`](Self::try_authorities), which do not panic.
    #[track_caller]
    pub const fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
        if !scopes.is_empty() {
            refuse(problem(scopes, NameRule::Scope));
        }
        self.late.scopes = scopes;
        self
    }

    /// Requires one more scope, in addition to those in [`scopes`](Self::scopes). Use it if the scope is only known at
    /// run time.
    ///
    /// If the text is not a scope (RFC 6749, 3.3), it is not part of the challenge. [`checked`](Self::checked) returns an
    /// error for it.
    pub fn require_scope(mut self, scope: impl Into<Box<str>>) -> Self {
        self.owned().scopes.push(scope.into());
        self
    }

    /// Requires all of these authorities, prefix included. There can be up to four calls of this method and
    /// [`any_authority`](Self::any_authority), and each one adds a requirement.
    ///
    /// ```
    /// use jwt_core::Policy;
    ///
    /// const AUDIT: Policy = Policy::access().authorities(&["role:auditor", "log:read"]);
    /// ```
    ///
    /// A constant with an invalid name does not compile:
    ///
    /// ```compile_fail,E0080
    /// # use jwt_core::Policy;
    /// const AUDIT: Policy = Policy::access().authorities(&["role:\"auditor\""]);
    /// # let _ = AUDIT;
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the list is empty, if a name is empty, is repeated, is longer than 256 bytes, or contains a control
    /// character, a quotation mark, or a backslash, and if there are more than 64 names or a fifth call. For names that
    /// are only known at run time, use [`try_authorities`](Self::try_authorities), which does not panic.
    #[track_caller]
    pub const fn authorities(self, names: &'static [&'static str]) -> Self {
        self.with_list(names, false)
    }

    /// Requires at least one of these authorities, prefix included. There can be up to four calls of this method and
    /// [`authorities`](Self::authorities), and each one adds a requirement.
    ///
    /// The challenge of a 403 contains the first name that is a scope, so put the scope that clients should ask for first.
    ///
    /// ```
    /// use jwt_core::Policy;
    ///
    /// const WRITE: Policy = Policy::access().any_authority(&["orders:write", "role:admin"]);
    /// ```
    ///
    /// A constant list without names does not compile, because no token could have one of them:
    ///
    /// ```compile_fail,E0080
    /// # use jwt_core::Policy;
    /// const WRITE: Policy = Policy::access().any_authority(&[]);
    /// # let _ = WRITE;
    /// ```
    ///
    /// # Panics
    ///
    /// Panics in the same cases as [`authorities`](Self::authorities). For names that are only known at run time, use
    /// [`try_any_authority`](Self::try_any_authority), which does not panic.
    #[track_caller]
    pub const fn any_authority(self, names: &'static [&'static str]) -> Self {
        self.with_list(names, true)
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "this happens when the program is compiled or started")]
    const fn with_list(mut self, names: &'static [&'static str], any: bool) -> Self {
        refuse(problem(names, NameRule::Authority));
        match self.late.lists.with(names, any) {
            Some(lists) => self.late.lists = lists,
            None => panic!(
                "a policy can have up to four calls of authorities() and any_authority(): put all names that are required \
                 into one call of authorities(), or use try_any_authority()"
            ),
        }
        self
    }

    /// Requires all of these authorities, which are only known at run time. Each call adds a requirement.
    ///
    /// ```
    /// use jwt_core::Policy;
    ///
    /// // From a configuration file.
    /// let names = vec!["role:auditor".to_owned()];
    /// let policy = Policy::access().try_authorities(names)?;
    /// # Ok::<(), jwt_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the list is empty, if a name is empty, is repeated, is longer than 256 bytes, or contains a
    /// control character, a quotation mark, or a backslash, and if the policy has more than 64 names.
    pub fn try_authorities<S: Into<Box<str>>>(
        self,
        names: impl IntoIterator<Item = S>,
    ) -> Result<Self, ConfigError> {
        let names = names.into_iter().map(Into::into).collect();
        self.try_groups("Policy::try_authorities", names, |names| {
            names.into_iter().map(|name| vec![name]).collect()
        })
    }

    /// Requires at least one of these authorities, which are only known at run time. Each call adds a requirement.
    ///
    /// ```
    /// use jwt_core::Policy;
    ///
    /// let names = vec!["orders:write".to_owned(), "role:admin".to_owned()];
    /// let policy = Policy::access().try_any_authority(names)?;
    ///
    /// let none: Vec<String> = Vec::new();
    /// assert!(Policy::access().try_any_authority(none).is_err());
    /// # Ok::<(), jwt_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error in the same cases as [`try_authorities`](Self::try_authorities).
    pub fn try_any_authority<S: Into<Box<str>>>(
        self,
        names: impl IntoIterator<Item = S>,
    ) -> Result<Self, ConfigError> {
        let names = names.into_iter().map(Into::into).collect();
        self.try_groups("Policy::try_any_authority", names, |names| vec![names])
    }

    fn try_groups(
        mut self,
        method: &'static str,
        names: Vec<Box<str>>,
        groups: impl FnOnce(Vec<Box<str>>) -> Vec<Vec<Box<str>>>,
    ) -> Result<Self, ConfigError> {
        check(method, &names, NameRule::Authority)?;
        self.owned().groups.extend(groups(names));
        if self.late.groups().flatten().count() > MOST_NAMES {
            return Err(ConfigError::invalid(method, TOO_MANY.predicate));
        }
        Ok(self)
    }

    /// Checks the names that setters without an error have received.
    pub(super) fn check_names(&self) -> Result<(), ConfigError> {
        let of_method = "Policy::require_scope";
        let mut scopes = self.late.owned.iter().flat_map(|owned| &owned.scopes);
        if !scopes.all(|scope| NameRule::Scope.permits(scope) && scope.len() <= MOST_BYTES) {
            return Err(ConfigError::invalid(
                of_method,
                "must not have a name that is empty, that is longer than 256 bytes, or that contains a space, a quotation \
                 mark, a backslash, or a character that is not printable ASCII (RFC 6749, 3.3): correct the name",
            ));
        }
        if self.late.groups().flatten().count() > MOST_NAMES {
            return Err(ConfigError::invalid("Policy", TOO_MANY.predicate));
        }
        Ok(())
    }
}

impl Late {
    /// Whether the policy requires any authority.
    #[inline]
    pub(crate) fn requires_authorities(&self) -> bool {
        let of_owned = |owned: &Owned| !owned.scopes.is_empty() || !owned.groups.is_empty();
        !self.scopes.is_empty() || !self.lists.is_empty() || self.owned.as_deref().is_some_and(of_owned)
    }

    /// The scopes, if they are constants and nothing else is required.
    pub(crate) fn scopes_alone(&self) -> Option<&'static [&'static str]> {
        (self.lists.is_empty() && self.owned.is_none()).then_some(self.scopes)
    }

    /// The required authorities: one of each group.
    pub(crate) fn groups(&self) -> impl Iterator<Item = Alternatives<'_>> {
        let scopes = self.scopes.iter().map(|scope| Alternatives::Scope(scope));
        let owned = self.owned.iter().flat_map(|owned| {
            let scopes = owned.scopes.iter().map(|scope| Alternatives::Scope(scope));
            scopes.chain(owned.groups.iter().map(|group| Alternatives::Owned(group)))
        });
        scopes.chain(self.lists.groups()).chain(owned)
    }
}

/// Checks a list of names that is only known at run time.
pub(super) fn check(method: &'static str, names: &[Box<str>], rule: NameRule) -> Result<(), ConfigError> {
    // Before the names are compared with each other.
    let names: Vec<&str> = names.iter().take(MOST_NAMES.saturating_add(1)).map(|name| &**name).collect();
    match problem(&names, rule) {
        Some(problem) => Err(ConfigError::invalid(method, problem.predicate)),
        None => Ok(()),
    }
}
