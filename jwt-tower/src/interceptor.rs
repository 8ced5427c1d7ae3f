use http::Method;
use jwt_core::adapter::{Memos, Rejection, Step, authenticate, works_without_body, works_without_waiting};
use jwt_core::{ConfigError, JwtManager, Policy, TokenError};
use tonic::metadata::MetadataMap;
use tonic::service::Interceptor;
use tonic::{Code, Request, Status};

use crate::grpc::Refused;

/// Creates an interceptor that only lets calls through if they satisfy `policy`.
///
/// Use [`JwtLayer`](crate::JwtLayer) if you can: an interceptor cannot wait, and does not see which method is called. So
/// it works only without a store, loaders, and rules, and the policy is the same for all methods. It does not end calls
/// whose tokens expire.
///
/// If the key of a token has to be fetched from its issuer first, the call gets the status 14 (`UNAVAILABLE`). Nothing
/// fetches the key then, so load the keys before you start the server, and refresh them in the background.
///
/// ```
/// use jwt_tower::{JwtManager, Policy, authenticated, interceptor};
/// use tonic::service::InterceptorLayer;
/// use tonic::transport::Server;
/// use tonic::{Request, Response, Status};
///
/// async fn serve(jwt: &JwtManager) -> Result<(), Box<dyn std::error::Error>> {
///     # let (_, service) = tonic_health::server::health_reporter();
///     let interceptor = interceptor(jwt, Policy::access())?;
///     // Or with `…Server::with_interceptor(service, interceptor)`, around one service.
///     let server = Server::builder().layer(InterceptorLayer::new(interceptor)).add_service(service);
///     server.serve("127.0.0.1:50051".parse()?).await?;
///     Ok(())
/// }
///
/// // In the methods of the service:
/// fn identity<T>(request: &Request<T>) -> Option<String> {
///     Some(authenticated(request.extensions())?.token()?.identity().to_owned())
/// }
/// # assert_eq!(identity(&Request::new(())), None);
/// ```
///
/// # Errors
///
/// Returns an error if a store, a loader, or a rule has to be called, or if tokens or CSRF values can be in bodies.
pub fn interceptor(jwt: &JwtManager, policy: Policy) -> Result<JwtInterceptor, ConfigError> {
    works_without_waiting(jwt, &policy)?;
    works_without_body(jwt, Some(&policy)).map_err(|_| ConfigError::Invalid {
        option: "interceptor",
        problem: "does not see bodies, but a token or a CSRF value can be in one: use JwtLayer::buffering, \
                  or exclude bodies with Policy::locations",
    })?;
    Ok(JwtInterceptor { jwt: jwt.clone(), policy })
}

/// The interceptor that [`interceptor`] creates.
#[derive(Clone, Debug)]
pub struct JwtInterceptor {
    jwt: JwtManager,
    policy: Policy,
}

impl Interceptor for JwtInterceptor {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let Self { jwt, policy } = self;
        let (metadata, extensions, ()) = request.into_parts();
        let (mut parts, ()) = http::Request::new(()).into_parts();
        (parts.method, parts.headers, parts.extensions) = (Method::POST, metadata.into_headers(), extensions);
        let outcome = match authenticate(jwt, &parts, policy) {
            Step::Ready(outcome) => outcome,
            Step::Pending(_) => Err(TokenError::Unavailable("an interceptor cannot wait for a key".into())),
        };
        match outcome {
            Ok(authenticated) => {
                // A gRPC response is not cached, and does not accept a WebSocket, so it gets no other fields.
                parts.extensions.get_or_insert_default::<Memos>().accept(jwt, &authenticated);
                let metadata = MetadataMap::from_headers(parts.headers);
                Ok(Request::from_parts(metadata, parts.extensions, ()))
            }
            Err(error) => {
                let refused = Rejection::under(jwt, error, &parts, policy).into();
                let Refused { code, message, metadata } = refused;
                Err(Status::with_metadata(Code::from_i32(code), message, MetadataMap::from_headers(metadata)))
            }
        }
    }
}
