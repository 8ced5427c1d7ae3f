use std::fmt;

use bytes::Bytes;

use crate::error::InvalidRequest;

/// The body of a request that a guard or a layer has read. It is stored in the request's extensions.
///
/// The body can hold the token or the CSRF value. The handler still gets the body. `Debug` shows only its length.
#[derive(Clone)]
pub struct BufferedBody(pub Bytes);

/// The reason why a layer has not read the body: it is too large, or could not be read to the end. It is stored in the
/// request's extensions.
///
/// The handler still gets the body. A guard that needs the body rejects the request.
#[derive(Clone, Copy, Debug)]
pub struct UnreadBody(pub InvalidRequest);

impl fmt::Debug for BufferedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferedBody").field("len", &self.0.len()).finish_non_exhaustive()
    }
}
