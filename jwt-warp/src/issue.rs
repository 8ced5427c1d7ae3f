use bytes::Bytes;
use jwt_core::EncodeError;
use warp::Reply;
use warp::reply::Response;

/// The answer to a client for whom no token could be issued: a bare 500; what to mend is in the log.
///
/// A handler that returns `Result<_, NotIssued>` can write `encode()?`.
#[derive(Debug)]
pub struct NotIssued(Box<http::Response<Bytes>>);

impl From<EncodeError> for NotIssued {
    fn from(error: EncodeError) -> Self {
        Self(Box::new(error.response()))
    }
}

impl Reply for NotIssued {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}
