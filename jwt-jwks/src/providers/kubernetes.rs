use std::path::PathBuf;

use jwt_core::Issuer;

use super::{AUDIENCE, address, is_text, require};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts tokens of service accounts of a Kubernetes cluster whose keys are public, as on EKS, on GKE, and on AKS with its
/// OIDC issuer.
///
/// `issuer` is the cluster's issuer: `kubectl get --raw /.well-known/openid-configuration` shows it. `audience` is the
/// one of the projected token. Choose a name of your own for it.
///
/// On other clusters, the keys are usually not public: by default, [only service accounts can read them][discovery], and
/// many clusters reject requests without a token. Use [`kubernetes_in_cluster`] or [`kubernetes_file`] there.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE0123456789";
/// let pods = providers::kubernetes(cluster, "https://orders.example.com").build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(pods.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE0123456789",
///   "aud": ["https://orders.example.com"],
///   "sub": "system:serviceaccount:shop:web",
///   "kubernetes.io": {
///     "namespace": "shop",
///     "pod": {"name": "web-7d9f", "uid": "5e0bd49b-f040-43b0-99b7-22765a53f7f3"},
///     "serviceaccount": {"name": "web", "uid": "14ee3fa4-a7e2-420f-9f9a-dbc4507c3798"}
///   },
///   "exp": 1798761900
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | the issuer, the audience, `exp`, `sub`, and `kubernetes.io` |
/// | kind | all tokens of this issuer are of one kind. The tokens of secrets, which never expire, have a different issuer |
/// | identity | `sub`: `system:serviceaccount:`, the namespace, a colon, and the account |
/// | authorities | none. Compare the identity, or add `require_claim("sub", ["system:serviceaccount:shop:web"])` |
///
/// # What it can't tell apart
///
/// - Namespaces. Everyone who can create a pod or a token in any namespace of the cluster can get a token for any
///   audience. Check the namespace in the identity.
/// - Whether the pod still exists. Only the cluster's TokenReview knows.
///
/// Don't use the cluster's own audience, which the default token of each pod has: your service could use it to call the
/// cluster. It is the issuer, unless the cluster has `--api-audiences`. The function returns an error if `audience` is
/// `issuer`.
///
/// Checked against Kubernetes' documentation and source code, not tested with a cluster.
///
/// [discovery]: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
pub fn kubernetes(issuer: &str, audience: &str) -> RemoteIssuerBuilder {
    let builder = require(RemoteIssuer::discover(issuer), address(issuer).is_some(), ("kubernetes", ISSUER));
    with_rules(builder, issuer, audience, "kubernetes")
}

/// Accepts tokens of service accounts of the Kubernetes cluster in which the service runs.
///
/// The keys come from the API server at `https://kubernetes.default.svc/openid/v1/jwks`. Its certificate is from the
/// cluster's own authority, and it requires a token, so add both files that Kubernetes mounts:
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # #[cfg(feature = "reqwest")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = "https://kubernetes.default.svc.cluster.local";
/// let folder = "/var/run/secrets/kubernetes.io/serviceaccount";
/// let ca = reqwest::Certificate::from_pem(&std::fs::read(format!("{folder}/ca.crt"))?)?;
/// let pods = providers::kubernetes_in_cluster(cluster, "https://orders.example.com")
///     .client(reqwest::Client::builder().tls_certs_only([ca]))
///     .bearer_token_file(format!("{folder}/token"))
///     .build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(pods.issuer()).build()?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "reqwest"))]
/// # fn main() {}
/// ```
///
/// `issuer` is the cluster's issuer, which is often the one above. Service accounts may read the keys by default, with
/// the cluster role `system:service-account-issuer-discovery`. The other rules are those of [`kubernetes`].
///
/// The API server sends the keys [only as `application/jwk-set+json`][type], and responds to a request that does not
/// accept this type with 406. A [`Fetch`](crate::Fetch) of your own must accept it.
///
/// [type]: https://github.com/kubernetes/kubernetes/blob/master/pkg/routes/openidmetadata.go
pub fn kubernetes_in_cluster(issuer: &str, audience: &str) -> RemoteIssuerBuilder {
    let function = "kubernetes_in_cluster";
    let builder = RemoteIssuer::jwks(issuer, "https://kubernetes.default.svc/openid/v1/jwks");
    let builder = require(builder, address(issuer).is_some(), (function, ISSUER));
    with_rules(builder, issuer, audience, function)
}

/// Accepts tokens of service accounts of a Kubernetes cluster whose keys are in a file.
///
/// Use this if the service can't reach the cluster's API server, or may not read its keys. `file` has the output of
/// `kubectl get --raw /openid/v1/jwks`. Update it when the cluster changes its keys. It is read again for a token with an
/// unknown key, and otherwise when it is used after a minute, as [`RemoteIssuer::file`] describes. The other rules are
/// those of [`kubernetes`].
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = "https://kubernetes.default.svc.cluster.local";
/// let pods =
///     providers::kubernetes_file(cluster, "https://orders.example.com", "/etc/keys/cluster.json").build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(pods.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
pub fn kubernetes_file(issuer: &str, audience: &str, file: impl Into<PathBuf>) -> RemoteIssuerBuilder {
    // An issuer that is not an address has no discovery, but it can have keys in a file.
    let builder = require(RemoteIssuer::file(issuer, file), is_text(issuer), ("kubernetes_file", ISSUER));
    with_rules(builder, issuer, audience, "kubernetes_file")
}

const ISSUER: &str = "must have the cluster's issuer: pass the one that kubectl get --raw \
                      /.well-known/openid-configuration shows";

fn with_rules(
    builder: RemoteIssuerBuilder,
    issuer: &str,
    audience: &str,
    function: &'static str,
) -> RemoteIssuerBuilder {
    let own = "must not have the cluster's own audience, which the default token of each pod has: choose a name for your \
               service, and project a token for it";
    let builder = require(builder, is_text(audience), (function, AUDIENCE));
    let builder = require(builder, audience != issuer, (function, own));
    builder.rules(rules(audience))
}

fn rules(audience: &str) -> impl Fn(Issuer) -> Issuer + Send + Sync + 'static {
    let audience = audience.to_owned();
    move |issuer| {
        issuer
            .audience(audience.as_str())
            .audience_alone()
            .required_claims(["kubernetes.io"])
            .no_authorities()
    }
}
