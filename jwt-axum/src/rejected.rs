use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};

jwt_core::declare_rejected!();
jwt_core::declare_not_issued!();

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        self.0.1.map(Body::from)
    }
}

impl IntoResponse for NotIssued {
    fn into_response(self) -> Response {
        self.0.map(Body::from)
    }
}
