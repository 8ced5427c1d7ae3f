use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Extensions, Request};
use http_body::{Body, Frame, SizeHint};
use jwt_core::adapter::{Begin, authenticate, begin};
use jwt_core::{JwtManager, Policy};

use crate::sealed::Sealed;

/// Whether the layer reads the bodies of requests: [`Unread`] or [`Buffer`].
///
/// `B` is the body of the requests to the layer. You cannot implement this trait.
pub trait Reads<B>: Sealed {
    /// The body of the requests to the service.
    type Body;

    /// Begins the check of a request.
    #[doc(hidden)]
    fn begin(jwt: &JwtManager, request: &Request<B>, policy: &Policy) -> Begin;

    /// Converts a body that the layer does not read.
    #[doc(hidden)]
    fn pass(body: B) -> Self::Body;

    /// Reads a body of at most `limit` bytes. Leaves it or the reason why it was not read in the extensions.
    #[doc(hidden)]
    fn read(body: B, limit: usize, extensions: &mut Extensions) -> impl Future<Output = Self::Body> + Send;
}

/// Does not look at bodies, which can be of any type. [`JwtLayer::new`](crate::JwtLayer::new) chooses it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Unread;

impl Sealed for Unread {}

impl<B: Send> Reads<B> for Unread {
    type Body = B;

    fn begin(jwt: &JwtManager, request: &Request<B>, policy: &Policy) -> Begin {
        Begin::Step(authenticate(jwt, request, policy))
    }

    fn pass(body: B) -> B {
        body
    }

    // `begin` never lets the layer call it.
    fn read(body: B, _: usize, _: &mut Extensions) -> impl Future<Output = B> + Send {
        ready(body)
    }
}

/// Reads bodies in which a token, a CSRF value, or what a rule needs can be.
/// [`JwtLayer::buffering`](crate::JwtLayer::buffering) chooses it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Buffer;

impl Sealed for Buffer {}

impl<B: Body<Data = Bytes, Error: Send> + Unpin + Send> Reads<B> for Buffer {
    type Body = ReadBody<B>;

    fn begin(jwt: &JwtManager, request: &Request<B>, policy: &Policy) -> Begin {
        begin(jwt, request, policy)
    }

    fn pass(body: B) -> ReadBody<B> {
        ReadBody(Inner::Unread(body))
    }

    async fn read(body: B, limit: usize, extensions: &mut Extensions) -> ReadBody<B> {
        ReadBody(Inner::Read(read(body, limit, extensions).await))
    }
}

/// The body of a request behind a layer that [reads bodies](crate::JwtLayer::buffering).
///
/// The service reads the whole body from it, whether the layer has read it or not.
pub struct ReadBody<B: Body>(Inner<B>);

#[allow(
    clippy::large_enum_variant,
    reason = "a box would cost every request whose body is read an allocation"
)]
enum Inner<B: Body> {
    Unread(B),
    Read(Replayed<B>),
}

jwt_core::declare_body_reader!();

impl<B: Body<Data = Bytes> + Unpin> Body for ReadBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match &mut self.get_mut().0 {
            Inner::Unread(body) => Pin::new(body).poll_frame(context),
            Inner::Read(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Unread(body) => body.is_end_stream(),
            Inner::Read(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Unread(body) => body.size_hint(),
            Inner::Read(body) => body.size_hint(),
        }
    }
}

// The body can contain a token.
impl<B: Body> fmt::Debug for ReadBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadBody").finish_non_exhaustive()
    }
}
