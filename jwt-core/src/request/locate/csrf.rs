//! The CSRF value of a request whose token was in a cookie.

use bytes::Bytes;

use super::{media_type, origin, read_body};
use crate::config::{CsrfMethods, CsrfRule};
use crate::error::{CsrfError, InvalidToken};
use crate::request::RequestView;
use crate::token::TokenError;

/// Finds a field in the body of a form.
type Reader = fn(&dyn RequestView, &Bytes, &str) -> Option<Box<[u8]>>;

/// Whether this is the content type of a form that we read.
pub(super) fn is_form(media_type: &str) -> bool {
    reader(media_type).is_some()
}

fn reader(media_type: &str) -> Option<Reader> {
    match media_type {
        "application/x-www-form-urlencoded" => Some(in_pairs),
        #[cfg(feature = "multipart")]
        "multipart/form-data" => Some(super::multipart::field),
        _ => None,
    }
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
    /// Whether a request with this method needs a CSRF value if its token is in a cookie.
    pub(crate) fn protects(&self, method: &str) -> bool {
        // A WebSocket over HTTP/2 starts with CONNECT and cannot carry the value (RFC 8441, 5).
        let is_handshake = self.check_upgrades && method == "CONNECT" && self.methods == CsrfMethods::Unsafe;
        self.protect && self.methods.contain(method) && !is_handshake
    }

    /// Whether this site, a trusted one, or no browser at all caused the request, even if that is not checked otherwise.
    pub(crate) fn is_same_origin(&self, view: &dyn RequestView) -> bool {
        self.origin.permits(view)
    }

    /// Stage 2: the CSRF value of the request. Returns `None` if the request does not need one.
    ///
    /// `is_token` says whether the cookie has the form of a token. If it does not, the form is not worth reading.
    pub(crate) fn value(
        &self,
        view: &dyn RequestView,
        refresh: bool,
        is_token: impl FnOnce() -> Result<(), InvalidToken>,
    ) -> Result<Option<Box<[u8]>>, TokenError> {
        let needs_value = self.protects(view.method());
        let check_origin =
            (needs_value && self.check_origin) || (self.check_upgrades && origin::upgrades(view));
        if check_origin && !self.origin.permits(view) {
            return Err(TokenError::Csrf(CsrfError::CrossOrigin));
        }
        if !needs_value {
            return Ok(None);
        }
        let mut fields = Vec::new();
        view.fields(self.headers.of(refresh), &mut |value| fields.push(value.trim_ascii()));
        // A list of several values never equals the expected one.
        let value = fields.join(&b',');
        if !value.is_empty() {
            return Ok(Some(value.into()));
        }
        match &self.fields {
            Some(names) => {
                is_token()?;
                in_form(view, names.of(refresh)).map(Some)
            }
            None => Err(TokenError::Csrf(CsrfError::Missing)),
        }
    }
}

fn in_form(view: &dyn RequestView, name: &str) -> Result<Box<[u8]>, TokenError> {
    let missing = TokenError::Csrf(CsrfError::Missing);
    let Some(read) = media_type(view).and_then(|media_type| reader(&media_type)) else {
        return Err(missing);
    };
    let body = read_body(view)?.ok_or(TokenError::Csrf(CsrfError::BodyNotRead))?;
    let value = read(view, &body, name);
    value.filter(|value| !value.is_empty()).ok_or(missing)
}

fn in_pairs(_: &dyn RequestView, body: &Bytes, name: &str) -> Option<Box<[u8]>> {
    let mut fields = form_urlencoded::parse(body);
    fields.find(|(field, _)| field == name).map(|(_, value)| value.as_bytes().into())
}
