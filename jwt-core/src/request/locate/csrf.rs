//! The double submit of a request whose token came in a cookie.

use super::Names;
use crate::error::{Csrf, TokenError};
use crate::request::RequestView;

/// Which requests must bring a CSRF value, and where.
#[derive(Debug)]
pub(crate) struct CsrfRule {
    pub(crate) protect: bool,
    pub(crate) methods: CsrfMethods,
    /// In lower case.
    pub(crate) headers: Names,
}

/// The methods that are protected.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum CsrfMethods {
    /// All but those that change nothing (RFC 9110, 9.2.1).
    Unsafe,
    /// These.
    Only(Vec<Box<str>>),
}

impl CsrfMethods {
    fn contain(&self, method: &str) -> bool {
        match self {
            Self::Unsafe => !["GET", "HEAD", "OPTIONS", "TRACE"].contains(&method),
            Self::Only(methods) => methods.iter().any(|one| **one == *method),
        }
    }
}

impl CsrfRule {
    /// Stage 2: the value that the request brings, `None` if it needs none.
    pub(super) fn value(
        &self,
        view: &dyn RequestView,
        refresh: bool,
    ) -> Result<Option<Box<[u8]>>, TokenError> {
        if !self.protect || !self.methods.contain(view.method()) {
            return Ok(None);
        }
        let mut fields = Vec::new();
        view.fields(self.headers.of(refresh), &mut |value| fields.push(value.trim_ascii()));
        // Several are none that could be equal.
        let value = fields.join(&b',');
        if value.is_empty() { Err(TokenError::Csrf(Csrf::Missing)) } else { Ok(Some(value.into())) }
    }
}
