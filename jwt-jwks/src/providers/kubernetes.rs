use std::path::PathBuf;

use jwt_core::Issuer;

use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts tokens of service accounts of a Kubernetes cluster whose keys are public, as on EKS, GKE, and AKS.
///
/// `issuer` is the cluster's issuer: `kubectl get --raw /.well-known/openid-configuration` shows it. `audience` is the
/// one of the projected token. Choose a name of your own for it.
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
/// For a service inside of the cluster, see [`kubernetes_in_cluster`].
///
/// Don't use the cluster's own audience, which the default token of each pod has: your service could use it to call the
/// cluster.
///
/// Checked against Kubernetes' documentation and source code, not tested with a cluster.
pub fn kubernetes(issuer: &str, audience: &str) -> RemoteIssuerBuilder {
    RemoteIssuer::discover(issuer).rules(rules(audience))
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
pub fn kubernetes_in_cluster(issuer: &str, audience: &str) -> RemoteIssuerBuilder {
    RemoteIssuer::jwks(issuer, "https://kubernetes.default.svc/openid/v1/jwks").rules(rules(audience))
}

/// Accepts tokens of service accounts of a Kubernetes cluster whose keys are in a file.
///
/// Use this if the service can't reach the cluster's API server, or may not read its keys. `file` has the output of `kubectl get --raw /openid/v1/jwks`. It is
/// read again when it changes. Update it when the cluster changes its keys. The other rules are those of [`kubernetes`].
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let cluster = "https://kubernetes.default.svc.cluster.local";
/// let pods =
///     providers::kubernetes_file(cluster, "/etc/keys/cluster.json", "https://orders.example.com").build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(pods.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
pub fn kubernetes_file(issuer: &str, file: impl Into<PathBuf>, audience: &str) -> RemoteIssuerBuilder {
    RemoteIssuer::file(issuer, file).rules(rules(audience))
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
