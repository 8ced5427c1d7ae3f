//! The double submit of a request whose token came in a cookie.

use super::{Names, OriginRule, media_type};
use crate::error::{Csrf, Misuse, TokenError};
use crate::request::RequestView;

/// The content type of a form.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// Which requests must bring a CSRF value, and where.
#[derive(Debug)]
pub(crate) struct CsrfRule {
    pub(crate) protect: bool,
    pub(crate) methods: CsrfMethods,
    /// In lower case.
    pub(crate) headers: Names,
    pub(crate) origin: Option<OriginRule>,
    /// The fields of a form, where those are looked at.
    pub(crate) fields: Option<Names>,
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
    /// Those that are named.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &str> {
        let named: &[Box<str>] = match self {
            Self::Unsafe => &[],
            Self::Only(methods) => methods,
        };
        named.iter().map(|method| &**method)
    }

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
        if self.origin.as_ref().is_some_and(|rule| !rule.permits(view)) {
            return Err(TokenError::Csrf(Csrf::CrossOrigin));
        }
        let mut fields = Vec::new();
        view.fields(self.headers.of(refresh), &mut |value| fields.push(value.trim_ascii()));
        // Several are none that could be equal.
        let value = fields.join(&b',');
        if !value.is_empty() {
            return Ok(Some(value.into()));
        }
        match &self.fields {
            Some(names) => in_form(view, names.of(refresh)).map(Some),
            None => Err(TokenError::Csrf(Csrf::Missing)),
        }
    }
}

fn in_form(view: &dyn RequestView, name: &str) -> Result<Box<[u8]>, TokenError> {
    let missing = TokenError::Csrf(Csrf::Missing);
    if media_type(view).as_deref() != Some(FORM) {
        return Err(missing);
    }
    let body = view.body().ok_or(Misuse::BodyNotBuffered)?;
    let value = form_urlencoded::parse(&body).find(|(field, _)| field == name).map(|(_, value)| value);
    value.filter(|value| !value.is_empty()).map(|value| value.as_bytes().into()).ok_or(missing)
}
