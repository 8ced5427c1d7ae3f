use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::streams::Watch;

pin_project! {
    /// The body of a response: that of the service, or that of the layer if it rejected the request.
    ///
    /// It has the errors and the data of the service's body. The body of a [stream](crate::JwtLayer#streams) ends when
    /// the token of its request does.
    pub struct Guarded<R> {
        #[pin]
        inner: Inner<R>,
        watch: Option<Watch>,
    }
}

pin_project! {
    #[project = InnerProjection]
    enum Inner<R> {
        Service { #[pin] body: R },
        Layer { body: Bytes },
    }
}

impl<R> Guarded<R> {
    pub(crate) const fn of_service(body: R, watch: Option<Watch>) -> Self {
        Self { inner: Inner::Service { body }, watch }
    }

    pub(crate) const fn of_layer(body: Bytes) -> Self {
        Self { inner: Inner::Layer { body }, watch: None }
    }
}

impl<R: Body<Data: From<Bytes>>> Body for Guarded<R> {
    type Data = R::Data;
    type Error = R::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<R::Data>, R::Error>>> {
        let mut this = self.project();
        let body = match this.inner.as_mut().project() {
            InnerProjection::Service { body } => body,
            InnerProjection::Layer { body } => {
                let rest = Some(std::mem::take(body)).filter(|body| !body.is_empty());
                return Poll::Ready(rest.map(|body| Ok(Frame::data(body.into()))));
            }
        };
        let Some(watch) = this.watch else {
            return body.poll_frame(context);
        };
        // Before the body, because a body that always has data would never end otherwise.
        let mut ended = watch.poll(context);
        if ended.is_pending() {
            let frame = body.poll_frame(context);
            if watch.begins_after(frame.is_ready()) && frame.is_pending() {
                ended = watch.poll(context);
            }
            if ended.is_pending() {
                // Nothing follows the end, trailers, or an error.
                if frame.is_ready() && !is_data(&frame) {
                    *this.watch = None;
                }
                return frame;
            }
        }
        let trailers = ready!(ended.map(|reason| watch.trailers(reason)));
        *this.watch = None;
        // Drops the body, so that its producer stops.
        this.inner.set(Inner::Layer { body: Bytes::new() });
        Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Inner::Service { body } => body.is_end_stream(),
            Inner::Layer { body } => body.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Inner::Service { body } => body.size_hint(),
            Inner::Layer { body } => SizeHint::with_exact(u64::try_from(body.len()).unwrap_or(u64::MAX)),
        }
    }
}

fn is_data<T, E>(frame: &Poll<Option<Result<Frame<T>, E>>>) -> bool {
    matches!(frame, Poll::Ready(Some(Ok(frame))) if frame.is_data())
}

impl<R> fmt::Debug for Guarded<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").finish_non_exhaustive()
    }
}
