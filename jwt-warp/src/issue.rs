use warp::Reply;
use warp::reply::Response;

jwt_core::declare_not_issued!();

impl Reply for NotIssued {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}
