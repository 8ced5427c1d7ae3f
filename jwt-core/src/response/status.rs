use http::StatusCode;

/// Only this crate implements [`IntoStatus`].
#[allow(unnameable_types, reason = "nobody else may name it")]
mod sealed {
    pub trait Sealed {}
    impl Sealed for http::StatusCode {}
    impl Sealed for u16 {}
}

/// A status of an [`ErrorResponse`](super::ErrorResponse): an [`http::StatusCode`], or its number.
///
/// With a number, an application does not need the `http` crate, whose version can differ from its framework's. A
/// number that is not a final status (RFC 9110, 15: 200 to 999 here) is a bug in the application. The response is then
/// a 500, and the log says why.
pub trait IntoStatus: sealed::Sealed {
    /// Returns the status.
    fn into_status(self) -> StatusCode;
}

impl IntoStatus for StatusCode {
    fn into_status(self) -> StatusCode {
        // Clients wait for another response after an informational one (RFC 9110, 15.2).
        if self.is_informational() { unusable(self.as_u16()) } else { self }
    }
}

impl IntoStatus for u16 {
    fn into_status(self) -> StatusCode {
        StatusCode::from_u16(self).map_or_else(|_| unusable(self), IntoStatus::into_status)
    }
}

fn unusable(status: u16) -> StatusCode {
    tracing::error!("{status} is not a final status, so the response is a 500");
    StatusCode::INTERNAL_SERVER_ERROR
}
