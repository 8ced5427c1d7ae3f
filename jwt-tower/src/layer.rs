use std::marker::PhantomData;

use bytes::Bytes;
use jwt_core::adapter::works_without_body;
use jwt_core::{ConfigError, JwtManager, Policy};
use tower_layer::Layer;

use crate::streams::Streams;
use crate::{Buffer, JwtService, Policies, PublicPaths, Same, Unread, With, Wrap};

/// A layer that only lets requests through if they satisfy their policy.
///
/// It works around every service of [`http::Request`], whatever the bodies of requests and responses are. Handlers get
/// the token with [`authenticated`](crate::authenticated).
///
/// **Everything behind the layer is guarded**, with every method and every path, except for the
/// [public paths](Self::public_paths), and for `OPTIONS` if
/// [`Config::insecure_exempt_options`](crate::Config::insecure_exempt_options) is on.
///
/// ```
/// use http::{Request, Response};
/// use jwt_tower::{Config, JwtLayer, JwtManager, Policy, authenticated};
/// use tower::{ServiceBuilder, ServiceExt as _};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_tower::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let service = ServiceBuilder::new()
///     .layer(JwtLayer::new(&jwt, Policy::access())?.public_paths(["/health"])?)
///     .service_fn(|request: Request<String>| async move {
///         let authenticated = authenticated(request.extensions());
///         let identity = authenticated.as_ref().and_then(|authenticated| Some(authenticated.token()?.identity()));
///         Ok::<_, std::convert::Infallible>(Response::new(format!("Hello, {}", identity.unwrap_or("stranger"))))
///     });
///
/// let token = jwt.access_token("alice").encode()?;
/// for (path, authorization, status) in
///     [("/", format!("Bearer {token}"), 200), ("/", String::new(), 401), ("/health", String::new(), 200)]
/// {
///     let request = Request::get(path).header("authorization", authorization).body(String::new())?;
///     assert_eq!(service.clone().oneshot(request).await?.status(), status);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Rejected requests
///
/// The manager's [`ErrorHandlers`](crate::ErrorHandlers) respond, as with the other adapters. A gRPC call gets a status
/// instead, as [gRPC](crate#grpc) describes. Responses have the body that one of these chooses:
///
/// | | responses have | works with |
/// | --- | --- | --- |
/// | nothing | a [`Guarded`](crate::Guarded) body around that of the service | all services |
/// | [`same_body`](Self::same_body) | the body of the service | bodies that are `From<Bytes>`, such as axum's and `http_body_util::Full` |
/// | [`body_with`](Self::body_with) | the body of the service | all services |
///
/// # Streams
///
/// When a token expires or is revoked, the layer ends the streams that it let through, with the bounds of
/// [`JwtManager::ends`]. This needs a layer that [wraps](crate::Guarded) bodies, which is the default. Streams are responses
/// with the content type `text/event-stream`, such as those of server-sent events and of the Model Context Protocol, and
/// gRPC calls whose response is a stream. Other responses, such as large files, are sent to their end.
///
/// The layer watches only the body of the response. A gRPC method that receives a stream, and responds at its end, is not
/// stopped while it receives. A bidirectional method is stopped only when its response is. Select on
/// [`ends`](crate::Authenticated::ends) of [`authenticated(extensions)`](crate::authenticated) in these methods.
///
/// An event stream just ends. In browsers, `EventSource` then connects again with the same cookie, and stops for good if the
/// response is a 401. The page sees this as `onerror` with the `readyState` `CLOSED`: it gets a new token, and creates a new
/// `EventSource`. `EventSource` cannot set `Authorization`, so the token is in a cookie, or the page uses `fetch`.
///
/// A gRPC call ends with the status 16, or 14 if the store fails. The calls of gRPC-Web end without a status. The service's
/// body is dropped. If the client does not read, this happens only when it reads again, so put a timeout for writing in
/// front of the layer.
///
/// [`streams_end_with_session`](Self::streams_end_with_session) and
/// [`insecure_endless_streams`](Self::insecure_endless_streams) change this. With [`same_body`](Self::same_body) and
/// [`body_with`](Self::body_with), the layer does not see the body. Use [`Authenticated::ends`](crate::Authenticated::ends)
/// in the service then.
///
/// # Cost
///
/// The future is boxed only if the layer has to call a store, a loader, or a rule, or to read the body.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before it is put around a service"]
pub struct JwtLayer<P = Policy, A = Wrap, L = Unread> {
    pub(crate) jwt: JwtManager,
    pub(crate) policies: P,
    pub(crate) answer: A,
    pub(crate) grpc_statuses: bool,
    pub(crate) streams: Streams,
    reads: PhantomData<fn() -> L>,
}

impl<P: Policies> JwtLayer<P> {
    /// Creates a layer that never looks at bodies.
    ///
    /// `policies` is one [`Policy`] for all requests, or a function that [chooses](Policies).
    ///
    /// # Errors
    ///
    /// Returns an error if tokens or CSRF values can be in the body, because of
    /// [`Config::buffered_body`](crate::Config::buffered_body), or if a rule of the policy reads the body. Use
    /// [`buffering`](Self::buffering) then, or [`Policy::locations`].
    ///
    /// If a function chooses the policy, its rules are not known yet. A request whose rule needs the body gets a 500, and
    /// the log says why.
    pub fn new(jwt: &JwtManager, policies: P) -> Result<Self, ConfigError> {
        works_without_body(jwt, policies.always())?;
        Ok(Self::of(jwt, policies))
    }
}

impl<P: Policies> JwtLayer<P, Wrap, Buffer> {
    /// Creates a layer that reads the bodies in which a token, a CSRF value, or what a rule needs can be.
    ///
    /// It reads at most [`Config::buffered_body`](crate::Config::buffered_body) bytes, or the limit of the rule, and only
    /// bodies of the right content type. A rule's body is read after the token has been checked. The service behind the
    /// layer gets requests with a [`ReadBody`](crate::ReadBody), from which it reads the whole body.
    ///
    /// A body can take any time to arrive, so put a timeout in front of the layer. Do not use rules that read the body for
    /// gRPC methods whose clients stream messages.
    pub fn buffering(jwt: &JwtManager, policies: P) -> Self {
        Self::of(jwt, policies)
    }
}

impl<P, L> JwtLayer<P, Wrap, L> {
    fn of(jwt: &JwtManager, policies: P) -> Self {
        Self {
            jwt: jwt.clone(),
            policies,
            answer: Wrap,
            grpc_statuses: true,
            streams: Streams::EndWithToken,
            reads: PhantomData,
        }
    }

    /// Lets streams last as long as the session of their token ([`JwtManager::session_ends`]) instead of the token itself.
    pub const fn streams_end_with_session(mut self) -> Self {
        self.streams = Streams::EndWithSession;
        self
    }

    /// Lets streams go on after their token has expired or has been revoked.
    ///
    /// **A stream then goes on after its user has logged out.** Use it if the service ends its streams itself.
    pub const fn insecure_endless_streams(mut self) -> Self {
        self.streams = Streams::Endless;
        self
    }
}

impl<P, A, L> JwtLayer<P, A, L> {
    /// Makes these paths public: the layer does not look at the tokens of their requests. A later call adds paths.
    ///
    /// A request is public only if its path is one of them, byte for byte. The layer does not decode percent-encoding or
    /// remove dots, slashes, or prefixes: with `/health`, the paths `/health/`, `//health`, `/%68ealth`, `/./health`, and
    /// `/health/more` are guarded. The query does not matter.
    ///
    /// The path is the one that the layer sees. A router in front of it can have removed a prefix: inside
    /// `axum::Router::nest("/api", …)`, the path of `/api/health` is `/health`.
    ///
    /// The method and the host do not matter.
    ///
    /// # Errors
    ///
    /// Returns an error if a path does not start with a slash, or if it contains a space, a control character, a character
    /// that is not ASCII, `?`, or `#`. Clients send these only in encoded form (RFC 3986, 2.1), so write `/caf%C3%A9`
    /// instead of `/café`.
    pub fn public_paths<T: Into<Box<str>>>(
        self,
        paths: impl IntoIterator<Item = T>,
    ) -> Result<JwtLayer<PublicPaths<P>, A, L>, ConfigError> {
        let Self { jwt, policies, answer, grpc_statuses, streams, reads } = self;
        let paths: Box<[Box<str>]> = paths.into_iter().map(Into::into).collect();
        let can_be_sent = |byte: u8| byte.is_ascii_graphic() && byte != b'?' && byte != b'#';
        if !paths.iter().all(|path| path.starts_with('/') && path.bytes().all(can_be_sent)) {
            return Err(ConfigError::Invalid {
                option: "public_paths",
                problem: "must start with a slash, have neither a query nor a fragment, and contain spaces, control \
                          characters, and characters outside of ASCII only in encoded form, such as %20",
            });
        }
        let policies = PublicPaths { policies, paths: paths.into() };
        Ok(JwtLayer { jwt, policies, answer, grpc_statuses, streams, reads })
    }

    /// Sets whether rejected gRPC calls get a status, as [gRPC](crate#grpc) describes. Default: yes.
    ///
    /// Turn it off if no service behind the layer is a gRPC service. The client chooses the content type. If it sends that
    /// of gRPC, it is rejected with the HTTP status 200, which access logs, proxies, and rate limits count as a success.
    /// Without gRPC statuses, the manager's [`ErrorHandlers`](crate::ErrorHandlers) respond to all requests.
    pub const fn grpc_statuses(mut self, grpc: bool) -> Self {
        self.grpc_statuses = grpc;
        self
    }

    /// Keeps the type of the service's body, which must be `From<Bytes>`. The layer then does not end
    /// [streams](Self#streams).
    pub fn same_body(self) -> JwtLayer<P, Same, L> {
        self.answer(Same)
    }

    /// Keeps the type of the service's body. The function creates it for the responses of the layer. The layer then does
    /// not end [streams](Self#streams).
    ///
    /// The response to a rejected gRPC call has no trailers: its status is in the header, which has to be the end of the
    /// response (Trailers-Only), or some clients do not find the status. For empty bytes, create a body for which
    /// [`is_end_stream`](http_body::Body::is_end_stream) is true at once, as it is for `Full` in this example:
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http_body_util::combinators::BoxBody;
    /// use http_body_util::{BodyExt as _, Full};
    /// use jwt_tower::{ConfigError, JwtLayer, JwtManager, Policy};
    ///
    /// fn layer(jwt: &JwtManager) -> Result<impl Clone, ConfigError> {
    ///     let layer = JwtLayer::new(jwt, Policy::access())?;
    ///     Ok(layer.body_with(|body: Bytes| BoxBody::new(Full::new(body).map_err(|never| match never {}))))
    /// }
    /// # let _: fn(&JwtManager) -> Result<_, _> = |jwt| layer(jwt).map(drop);
    /// ```
    pub fn body_with<R, F: Fn(Bytes) -> R + Clone>(self, create: F) -> JwtLayer<P, With<F>, L> {
        self.answer(With(create))
    }

    fn answer<T>(self, answer: T) -> JwtLayer<P, T, L> {
        let Self { jwt, policies, grpc_statuses, streams, reads, .. } = self;
        JwtLayer { jwt, policies, answer, grpc_statuses, streams, reads }
    }
}

impl<S, P: Clone, A: Clone, L: Clone> Layer<S> for JwtLayer<P, A, L> {
    type Service = JwtService<S, P, A, L>;

    fn layer(&self, inner: S) -> Self::Service {
        JwtService { layer: self.clone(), inner }
    }
}
