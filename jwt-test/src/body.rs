use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// Whitespace, which a JSON document can have anywhere.
static SPACES: [u8; 16 * 1024] = [b' '; 16 * 1024];

/// The body of a response, as a server at its worst sends it.
pub(crate) enum Body {
    /// The bytes that are left, at once.
    Whole(Bytes),
    /// The bytes, and then the end of the connection.
    Truncated { left: Bytes, is_sent: bool },
    /// The bytes one by one, and the pause before the next one.
    Drip { left: Bytes, every: Duration, pause: Option<Pin<Box<Sleep>>> },
    /// The bytes, and then spaces without end.
    Endless(Bytes),
    /// This number of spaces.
    Huge(u64),
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let bytes = match self.get_mut() {
            Self::Whole(left) => std::mem::take(left),
            Self::Truncated { left, is_sent: true } if left.is_empty() => {
                return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
            }
            Self::Truncated { left, is_sent } if left.is_empty() => {
                // The server sends what it has when a body pauses.
                *is_sent = true;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Self::Truncated { left, .. } => std::mem::take(left),
            Self::Drip { left, every, pause } => {
                if let Some(pause) = pause {
                    ready!(pause.as_mut().poll(context));
                }
                *pause = Some(Box::pin(sleep(*every)));
                left.split_to(left.len().min(1))
            }
            Self::Endless(start) if start.is_empty() => Bytes::from_static(&SPACES),
            Self::Endless(start) => std::mem::take(start),
            Self::Huge(left) => {
                let length = usize::try_from(*left).unwrap_or(usize::MAX).min(SPACES.len());
                *left -= u64::try_from(length).unwrap_or_default();
                Bytes::from_static(&SPACES).split_to(length)
            }
        };
        Poll::Ready(if bytes.is_empty() { None } else { Some(Ok(Frame::data(bytes))) })
    }

    fn size_hint(&self) -> SizeHint {
        let exact = |length: usize| SizeHint::with_exact(u64::try_from(length).unwrap_or_default());
        match self {
            Self::Whole(left) => exact(left.len()),
            // More than there is, so that a client expects the rest.
            Self::Truncated { left, .. } => exact(left.len() + 100),
            Self::Drip { left, .. } => exact(left.len()),
            Self::Endless(_) => SizeHint::default(),
            Self::Huge(left) => SizeHint::with_exact(*left),
        }
    }
}
