//! Applications of each framework that respond without a socket, for attacks that depend on how an application is put
//! together.

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::test::TestRequest;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use http_body_util::{BodyExt as _, Full};
use tower::ServiceExt as _;
use warp::{Filter, Rejection, Reply as _};

/// A response of any framework.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Creates a request without a body.
pub(crate) fn request(method: &str, path: &str, fields: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(Bytes::new()).unwrap()
}

pub(crate) async fn ask_axum(app: &axum::Router, request: Request<Bytes>) -> Reply {
    crate::count_try();
    let response = app.clone().oneshot(request.map(axum::body::Body::from)).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Reply { status: parts.status.as_u16(), headers: parts.headers, body }
}

pub(crate) async fn ask_warp<F>(routes: &F, request: Request<Bytes>) -> Reply
where
    F: Filter<Error = Rejection> + Clone + Send + Sync + 'static,
    F::Extract: warp::Reply,
{
    ask_service(warp::service(routes.clone()), request).await
}

/// Asks a tower service around warp's routes.
pub(crate) async fn ask_service<S>(service: S, request: Request<Bytes>) -> Reply
where
    S: tower::Service<Request<Full<Bytes>>, Response = warp::reply::Response, Error: std::fmt::Debug>,
{
    crate::count_try();
    let response = service.oneshot(request.map(Full::new)).await.unwrap().into_response();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Reply { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// Asks an application of actix-web that [`init_service`](actix_web::test::init_service) created. It is a macro, because
/// the type of the request cannot be named.
macro_rules! ask_actix {
    ($app:expr, $request:expr) => {{
        let request = $crate::direct::of_actix($request).to_request();
        $crate::direct::reply_of_actix(actix_web::dev::Service::call($app, request).await).await
    }};
}
pub(crate) use ask_actix;

pub(crate) fn of_actix(request: Request<Bytes>) -> TestRequest {
    crate::count_try();
    let (parts, body) = request.into_parts();
    let method = actix_web::http::Method::from_bytes(parts.method.as_str().as_bytes()).unwrap();
    let mut request = TestRequest::default().method(method).uri(&parts.uri.to_string()).set_payload(body);
    for (name, value) in &parts.headers {
        request = request.append_header((name.as_str(), value.as_bytes()));
    }
    request
}

pub(crate) async fn reply_of_actix<B>(answer: Result<ServiceResponse<B>, actix_web::Error>) -> Reply
where
    B: MessageBody + 'static,
{
    let response = match answer {
        Ok(response) => response.map_into_boxed_body().into_parts().1,
        // actix-web's server does the same.
        Err(error) => error.error_response(),
    };
    let status = response.status().as_u16();
    let mut headers = HeaderMap::new();
    for (name, value) in response.headers() {
        let name = HeaderName::from_bytes(name.as_ref()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    let body = actix_web::body::to_bytes(response.into_body()).await.unwrap_or_default();
    Reply { status, headers, body }
}

/// Runs an attack on this thread.
pub(crate) fn block_on(attack: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(attack);
}
