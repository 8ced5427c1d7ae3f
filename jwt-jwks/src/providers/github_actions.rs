use super::{AUDIENCE, is_text, require};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts ID tokens of workflows in a repository on github.com.
///
/// `owner` and `repository` are the two parts of `example/shop`, as GitHub writes them; they are compared with regard to
/// case. `audience` is the audience that the workflow requests. Choose one that names your service.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let deployments = providers::github_actions("example", "shop", "https://deploy.example.com").build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(deployments.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://token.actions.githubusercontent.com",
///   "aud": "https://deploy.example.com",
///   "sub": "repo:example/shop:ref:refs/heads/main",
///   "ref": "refs/heads/main",
///   "repository": "example/shop",
///   "repository_id": "74",
///   "repository_owner": "example",
///   "repository_owner_id": "65",
///   "event_name": "push",
///   "exp": 1798758600
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | the audience, the owner in `repository_owner`, the repository in `repository`, `exp`, and `sub` |
/// | kind | all tokens of this issuer are ID tokens of workflows. GitHub's other tokens are opaque |
/// | identity | `sub`. Its form depends on the repository's settings. For repositories that were created, renamed, or transferred after July 15, 2026, it also [has the ids][sub] of the owner and of the repository |
/// | authorities | none |
///
/// # What it can't tell apart
///
/// - Workflows, branches, and events. Everyone who can push a branch to the repository can run a workflow that gets
///   such a token. Add a rule, such as `require_claim("ref", ["refs/heads/main"])`,
///   `require_claim("environment", ["production"])`, or `require_claim("job_workflow_ref", …)`.
/// - A repository from a later one with the same name. Someone else can [get the name][sub] of a renamed or deleted
///   owner. Use [`github_actions_ids`], which compares the ids.
///
/// # Other issuers
///
/// An enterprise can have [an issuer of its own][enterprise], such as
/// `https://token.actions.githubusercontent.com/octocat-inc`, or `https://token.actions.octocorp.ghe.com` with data
/// residency. For GitHub Enterprise Server, it is `https://HOSTNAME/_services/token`. The preset rejects the tokens of all
/// of them. Write down its rules for these:
///
/// ```no_run
/// use jwt_jwks::RemoteIssuer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let deployments = RemoteIssuer::discover("https://token.actions.githubusercontent.com/octocat-inc")
///     .rules(|issuer| {
///         issuer
///             .audience("https://deploy.example.com")
///             .audience_alone()
///             .require_claim("repository_owner_id", ["65"])
///             .require_claim("repository_id", ["74"])
///             .no_authorities()
///     })
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// Checked against GitHub's documentation, not tested with GitHub.
///
/// [enterprise]: https://docs.github.com/en/enterprise-cloud@latest/actions/reference/security/oidc#customizing-the-issuer-value-for-an-enterprise
/// [sub]: https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
pub fn github_actions(owner: &str, repository: &str, audience: &str) -> RemoteIssuerBuilder {
    let is_name = |text: &str, others: &[u8]| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte);
        !text.is_empty() && text.len() <= 100 && text.bytes().all(is_allowed)
    };
    // The names of managed users have an underscore.
    let is_owner = is_name(owner, b"-_");
    let is_repository =
        is_name(repository, b"-_.") && !matches!(repository, "." | "..") && !repository.ends_with(".git");
    let full_name = format!("{owner}/{repository}");
    let function = "github_actions";
    let builder = workflows(("repository_owner", owner.to_owned()), ("repository", full_name));
    let problem =
        "must have the owner and the name of the repository, apart: for example/shop, pass example and shop";
    let builder = require(builder, is_owner && is_repository, (function, problem));
    for_audience(builder, audience, function)
}

/// Accepts ID tokens of workflows in the repository with these ids on github.com.
///
/// The ids stay the same if the owner or the repository gets another name, and a later owner or repository with the old
/// name has [different ones][sub]. `https://api.github.com/repos/OWNER/NAME` has both of them, as `owner.id` and `id`. The
/// other rules are those of [`github_actions`].
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let deployments = providers::github_actions_ids(65, 74, "https://deploy.example.com").build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(deployments.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// [sub]: https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
pub fn github_actions_ids(owner_id: u64, repository_id: u64, audience: &str) -> RemoteIssuerBuilder {
    let function = "github_actions_ids";
    let owner = ("repository_owner_id", owner_id.to_string());
    let builder = workflows(owner, ("repository_id", repository_id.to_string()));
    let problem = "must have the ids of the owner and of the repository, which are not zero: copy them from GitHub's API";
    let builder = require(builder, owner_id != 0 && repository_id != 0, (function, problem));
    for_audience(builder, audience, function)
}

fn workflows(owner: (&'static str, String), repository: (&'static str, String)) -> RemoteIssuerBuilder {
    RemoteIssuer::discover("https://token.actions.githubusercontent.com").rules(move |issuer| {
        issuer
            .audience_alone()
            .require_claim(owner.0, [owner.1.as_str()])
            .require_claim(repository.0, [repository.1.as_str()])
            .no_authorities()
    })
}

fn for_audience(builder: RemoteIssuerBuilder, audience: &str, function: &'static str) -> RemoteIssuerBuilder {
    let is_audience = is_text(audience);
    let audience = audience.to_owned();
    let builder = builder.rules(move |issuer| issuer.audience(audience.as_str()));
    require(builder, is_audience, (function, AUDIENCE))
}
