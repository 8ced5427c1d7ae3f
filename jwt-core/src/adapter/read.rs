use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::error::InvalidRequest;
use crate::request::{BufferedBody, UnreadBody};

/// A frame of a body. `T` is the framework's type for frames without data.
#[allow(
    clippy::exhaustive_enums,
    reason = "an adapter converts every frame, and depends on one exact version"
)]
pub enum Piece<T> {
    /// Data.
    Data(Bytes),
    /// Trailers.
    Trailers(T),
}

/// A frame of a body in a framework without trailers.
pub type Chunk = Piece<Infallible>;

/// Polls a body for its next frame.
pub type PollPiece<B, T, E> = fn(&mut B, &mut Context<'_>) -> Poll<Option<Result<Piece<T>, E>>>;

/// A body that a guard or a layer has read, for the handler, which reads it from the start.
///
/// It returns what was read as a single frame, then the trailers and the frame or the error that ended the reading, and
/// then the unread rest.
pub struct Replay<B, T, E> {
    read: Bytes,
    trailers: Option<T>,
    last: Option<Result<Piece<T>, E>>,
    /// `None` if the body was read to its end. Some bodies must not be polled again after that.
    rest: Option<B>,
    poll: PollPiece<B, T, E>,
}

/// Reads a body of at most `limit` bytes. `announced` is the minimum length, such as in `Content-Length`, or 0.
///
/// Returns what the guard or the layer leaves in the extensions of the request, and the body for the handler.
///
/// This can run before the client is authenticated. The memory that it keeps is at most `limit` bytes, the trailers, and
/// the frame that exceeds the limit, whatever the sizes of the frames are.
pub async fn read_body<B, T, E>(
    mut body: B,
    limit: usize,
    announced: u64,
    poll: PollPiece<B, T, E>,
) -> (Result<BufferedBody, UnreadBody>, Replay<B, T, E>) {
    let (mut read, mut trailers) = (Vec::new(), None);
    let can_fit = usize::try_from(announced).is_ok_and(|announced| announced <= limit);
    // If the announced length is too large, the body need not be read.
    let mut stopped = (!can_fit).then_some((InvalidRequest::BodyTooLarge, None));
    while stopped.is_none() {
        let Some(piece) = poll_fn(|context| poll(&mut body, context)).await else {
            break;
        };
        match piece {
            Ok(Piece::Data(data)) if trailers.is_none() && append(&mut read, &data, limit) => {}
            Ok(Piece::Data(_)) if trailers.is_none() => {
                stopped = Some((InvalidRequest::BodyTooLarge, Some(piece)));
            }
            Ok(Piece::Trailers(fields)) if trailers.is_none() => trailers = Some(fields),
            // An error, or a frame after the trailers, which are the end (RFC 9110, 6.5).
            _ => stopped = Some((InvalidRequest::BodyUnreadable, Some(piece))),
        }
    }
    let read = Bytes::from(read);
    let (outcome, last, rest) = match stopped {
        None => (Ok(BufferedBody(read.clone())), None, None),
        Some((why, last)) => (Err(UnreadBody(why)), last, Some(body)),
    };
    (outcome, Replay { read, trailers, last, rest, poll })
}

/// Appends data, unless there would be more than `limit` bytes. The capacity doubles, but does not exceed the limit.
fn append(read: &mut Vec<u8>, data: &[u8], limit: usize) -> bool {
    let length = read.len().saturating_add(data.len());
    if length > limit {
        return false;
    }
    if length > read.capacity() {
        let capacity = read.capacity().saturating_mul(2).max(length).min(limit);
        read.reserve_exact(capacity.saturating_sub(read.len()));
    }
    read.extend_from_slice(data);
    true
}

impl<B, T, E> Replay<B, T, E> {
    /// Returns the next frame.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Piece<T>, E>>> {
        let read = Some(std::mem::take(&mut self.read)).filter(|read| !read.is_empty());
        let read = read.map(Piece::Data).or_else(|| self.trailers.take().map(Piece::Trailers));
        match (read.map(Ok).or_else(|| self.last.take()), &mut self.rest) {
            (Some(piece), _) => Poll::Ready(Some(piece)),
            (None, Some(rest)) => (self.poll)(rest, context),
            (None, None) => Poll::Ready(None),
        }
    }

    /// Returns the number of bytes that were read and not returned yet.
    #[must_use]
    pub fn held(&self) -> usize {
        let last = match &self.last {
            Some(Ok(Piece::Data(data))) => data.len(),
            _ => 0,
        };
        self.read.len().saturating_add(last)
    }

    /// Returns whether everything that was read has been returned.
    #[must_use]
    pub const fn is_drained(&self) -> bool {
        self.read.is_empty() && self.trailers.is_none() && self.last.is_none()
    }

    /// Returns the unread rest. `None` if the body was read to its end.
    #[must_use]
    pub const fn rest(&self) -> Option<&B> {
        self.rest.as_ref()
    }
}

// Nothing in it is pinned. The body is polled through a mutable reference.
impl<B, T, E> Unpin for Replay<B, T, E> {}

// A body can contain a token.
impl<T> fmt::Debug for Piece<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Piece").finish_non_exhaustive()
    }
}

impl<B, T, E> fmt::Debug for Replay<B, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay").finish_non_exhaustive()
    }
}
