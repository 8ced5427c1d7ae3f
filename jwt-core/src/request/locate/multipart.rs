//! Forms with files (RFC 7578).

use std::convert::Infallible;
use std::future::ready;

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};

use crate::request::RequestView;

/// The value of the first field with this name. Files are skipped.
pub(super) fn field(view: &dyn RequestView, body: &Bytes, name: &str) -> Option<Box<[u8]>> {
    let mut content_type = None;
    view.fields("content-type", &mut |value| content_type = Some(value));
    let boundary = multer::parse_boundary(std::str::from_utf8(content_type?).ok()?).ok()?;
    // The whole body is available, so nothing ever waits.
    let body = stream::once(ready(Ok::<_, Infallible>(body.clone())));
    let mut form = multer::Multipart::new(body, boundary);
    while let Some(field) = form.next_field().now_or_never()?.ok()? {
        if field.name() == Some(name) && field.file_name().is_none() {
            return field.bytes().now_or_never()?.ok().map(|value| value.as_ref().into());
        }
    }
    None
}
