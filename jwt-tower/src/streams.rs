//! Responses that last longer than their tokens.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use jwt_core::{Authenticated, EndReason, Ends};

use crate::grpc::{self, Protocol};

/// How many frames a response can have that is not worth watching: the message and the trailers of a unary gRPC call.
const SHORT: u8 = 2;

/// When the layer ends streams.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Streams {
    EndWithToken,
    EndWithSession,
    Endless,
}

/// A request whose response may be a stream.
#[derive(Debug)]
pub(crate) struct Accepted {
    authenticated: Authenticated,
    of_session: bool,
}

/// Waits for the end of the token that a stream belongs to.
#[derive(Debug)]
#[expect(unnameable_types, reason = "only a method of a sealed trait has it")]
pub struct Watch {
    state: State,
    has_trailers: bool,
}

#[derive(Debug)]
enum State {
    /// The response may be over soon.
    Young {
        accepted: Accepted,
        frames: u8,
    },
    Watching(Ends),
}

impl Streams {
    /// Returns what is needed to end the response to a request. `None` if nothing ends it.
    pub(crate) fn accepted(self, authenticated: Authenticated) -> Option<Accepted> {
        let of_session = match self {
            Self::EndWithToken => false,
            Self::EndWithSession => true,
            Self::Endless => return None,
        };
        authenticated.token().is_some().then_some(Accepted { authenticated, of_session })
    }
}

impl Accepted {
    /// Returns what ends the body of a response with these fields. `None` if it is not a stream.
    pub(crate) fn watch(self, headers: &HeaderMap) -> Option<Watch> {
        let content_type = headers.get(CONTENT_TYPE)?;
        let grpc = Protocol::of(content_type);
        let is_stream = grpc.is_some() || is_event_stream(content_type.as_bytes());
        let state = State::Young { accepted: self, frames: 0 };
        is_stream.then_some(Watch { state, has_trailers: grpc == Some(Protocol::Grpc) })
    }

    fn ends(&self) -> Ends {
        if self.of_session { self.authenticated.session_ends() } else { self.authenticated.ends() }
    }
}

impl Watch {
    /// Pending as long as the token is good, and while the response is young.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<EndReason> {
        match &mut self.state {
            State::Young { .. } => Poll::Pending,
            State::Watching(ends) => Pin::new(ends).poll(context),
        }
    }

    /// Records that the body had a frame, or that it has to wait for one. Returns whether the watch begins now.
    pub(crate) fn begins_after(&mut self, frame: bool) -> bool {
        let State::Young { accepted, frames } = &mut self.state else {
            return false;
        };
        *frames = frames.saturating_add(1);
        if frame && *frames <= SHORT {
            return false;
        }
        self.state = State::Watching(accepted.ends());
        true
    }

    /// The trailers that tell a gRPC client why its call has ended. Event streams just end.
    pub(crate) fn trailers(&self, reason: EndReason) -> Option<HeaderMap> {
        self.has_trailers.then(|| grpc::trailers(reason))
    }
}

/// `text/event-stream`, with any parameters (HTML Standard, 9.2).
fn is_event_stream(media_type: &[u8]) -> bool {
    let essence = media_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"text/event-stream")
}
