//! The double submit of a request whose token came in a cookie.

use std::convert::Infallible;
use std::future::ready;

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};

use super::{media_type, read_body};
use crate::config::{CsrfMethods, CsrfRule};
use crate::error::Csrf;
use crate::request::RequestView;
use crate::token::TokenError;

/// Whether this is the content type of a form.
pub(super) fn is_form(media_type: &str) -> bool {
    matches!(media_type, URL_ENCODED | MULTIPART)
}

const URL_ENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

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
    let Some(media_type) = media_type(view).filter(|media_type| is_form(media_type)) else {
        return Err(missing);
    };
    let body = read_body(view)?;
    let value: Option<Box<[u8]>> = if media_type == MULTIPART {
        in_multipart(view, body, name).map(|value| value.as_ref().into())
    } else {
        let mut fields = form_urlencoded::parse(&body);
        fields.find(|(field, _)| field == name).map(|(_, value)| value.as_bytes().into())
    };
    value.filter(|value| !value.is_empty()).ok_or(missing)
}

/// A field of a form with files (RFC 7578). A file is none, whatever its name.
fn in_multipart(view: &dyn RequestView, body: Bytes, name: &str) -> Option<Bytes> {
    let mut content_type = None;
    view.fields("content-type", &mut |value| content_type = Some(value));
    let boundary = multer::parse_boundary(std::str::from_utf8(content_type?).ok()?).ok()?;
    // The body is there as a whole, so that nothing is ever waited for.
    let body = stream::once(ready(Ok::<_, Infallible>(body)));
    let mut form = multer::Multipart::new(body, boundary);
    while let Some(field) = form.next_field().now_or_never()?.ok()? {
        if field.name() == Some(name) && field.file_name().is_none() {
            return field.bytes().now_or_never()?.ok();
        }
    }
    None
}
