use std::fmt;

use bytes::Bytes;

use crate::error::InvalidRequest;

/// The body of a request that a guard or a layer has read, in the request's extensions: the token or the CSRF value
/// may stand in it. The handler gets the body all the same. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct BufferedBody(pub Bytes);

/// Why a layer has not read the body, in the request's extensions: it is over the limit, or broken. It is the handler's all
/// the same; a guard that needs it refuses the request.
#[derive(Clone, Copy, Debug)]
pub struct UnreadBody(pub InvalidRequest);

impl fmt::Debug for BufferedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferedBody").field("len", &self.0.len()).finish_non_exhaustive()
    }
}
