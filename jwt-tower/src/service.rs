use std::mem;
use std::task::{Context, Poll};

use http::{Request, Response};
use jwt_core::adapter::{Begin, Memos, ResponseFields, Step, add_fields, authenticate, hide_token, remember};
use tower_service::Service;

use crate::grpc::refuse;
use crate::streams::Accepted;
use crate::{Answer, JwtLayer, Policies, Reads, ResponseFuture};

/// The service that [`JwtLayer`] creates.
#[derive(Clone, Debug)]
pub struct JwtService<S, P, A, L> {
    pub(crate) layer: JwtLayer<P, A, L>,
    pub(crate) inner: S,
}

impl<S, P, A, L, B, R> Service<Request<B>> for JwtService<S, P, A, L>
where
    S: Service<Request<L::Body>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    P: Policies,
    A: Answer<R> + Send + 'static,
    L: Reads<B, Body: Send>,
    B: Send + 'static,
{
    type Response = Response<A::Body>;
    type Error = S::Error;
    /// Boxed only if the layer has to call a store, a loader, or a rule, or to read the body.
    type Future = ResponseFuture<S::Future, Result<Response<A::Body>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let JwtLayer { jwt, policies, answer, grpc_statuses, streams, .. } = &self.layer;
        let Some(policy) = policies.policy(&request) else {
            // What an outer layer has accepted is not what this one accepts.
            if let Some(memos) = request.extensions_mut().get_mut::<Memos>() {
                memos.pass_public();
            }
            hide_token(jwt, None, request.headers_mut());
            let response = self.inner.call(request.map(L::pass));
            return ResponseFuture::guarded(response, Passed::default(), respond::<R, S::Error, A>);
        };
        let pending = match L::begin(jwt, &request, &policy) {
            Begin::Step(Step::Ready(Ok(authenticated))) => {
                let fields = remember(jwt, &mut request, &authenticated);
                let response = self.inner.call(request.map(L::pass));
                let passed = Passed { fields, accepted: streams.accepted(authenticated) };
                return ResponseFuture::guarded(response, passed, respond::<R, S::Error, A>);
            }
            Begin::Step(Step::Ready(Err(error))) => {
                let refusal = refuse(jwt, error, &request, request.headers(), &policy, *grpc_statuses);
                return ResponseFuture::answered(Ok(refusal.map(|body| answer.refuse(body))));
            }
            pending => pending,
        };
        let (jwt, policy, answer, grpc_statuses, streams) =
            (jwt.clone(), policy.into_owned(), answer.clone(), *grpc_statuses, *streams);
        // Only the service that was polled is ready to be called.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        ResponseFuture::boxed(Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let checked = match pending {
                Begin::Step(step) => Ok((step, L::pass(body))),
                Begin::ReadBody { first, limit } => match first.finish().await {
                    Ok(()) => {
                        let body = L::read(body, limit, &mut parts.extensions).await;
                        Ok((authenticate(&jwt, &parts, &policy), body))
                    }
                    Err(error) => Err(error),
                },
            };
            let passed = match checked {
                Ok((step, body)) => step.finish().await.map(|authenticated| (authenticated, body)),
                Err(error) => Err(error),
            };
            match passed {
                Ok((authenticated, body)) => {
                    let mut request = Request::from_parts(parts, body);
                    let fields = remember(&jwt, &mut request, &authenticated);
                    let passed = Passed { fields, accepted: streams.accepted(authenticated) };
                    respond::<R, S::Error, A>(inner.call(request).await, passed)
                }
                Err(error) => {
                    let refusal = refuse(&jwt, error, &parts, &parts.headers, &policy, grpc_statuses);
                    Ok(refusal.map(|body| answer.refuse(body)))
                }
            }
        }))
    }
}

/// What the layer keeps of a request that it has let through, for the response.
#[derive(Default)]
pub(crate) struct Passed {
    fields: ResponseFields,
    accepted: Option<Accepted>,
}

fn respond<R, E, A: Answer<R>>(
    response: Result<Response<R>, E>,
    passed: Passed,
) -> Result<Response<A::Body>, E> {
    let Passed { fields, accepted } = passed;
    response.map(|response| {
        let watch = accepted.and_then(|accepted| accepted.watch(response.headers()));
        add_fields(response.map(|body| A::pass(body, watch)), fields)
    })
}
