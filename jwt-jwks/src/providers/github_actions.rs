use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts ID tokens of workflows in a repository on github.com.
///
/// `audience` is the audience that the workflow requests. Choose one that names your service. `owner` and `repository`
/// are the names as GitHub writes them; they are compared with regard to case.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let deployments = providers::github_actions("https://deploy.example.com", "example", "shop").build()?;
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
/// | identity | `sub`. Its form depends on the repository's settings. Since 2026, it can have the ids of the owner and of the repository |
/// | authorities | none |
///
/// # What it can't tell apart
///
/// - Workflows, branches, and events. Everyone who can push a branch to the repository can run a workflow that gets
///   such a token. Add a rule, such as `require_claim("ref", ["refs/heads/main"])`,
///   `require_claim("environment", ["production"])`, or `require_claim("job_workflow_ref", …)`.
/// - A repository from a later one with the same name. Someone else can register the name of a renamed or deleted owner.
///   Use [`github_actions_ids`], which compares the ids.
///
/// Checked against GitHub's documentation, not tested with GitHub.
pub fn github_actions(audience: &str, owner: &str, repository: &str) -> RemoteIssuerBuilder {
    let full_name = if owner.is_empty() || repository.is_empty() {
        // The core returns an error for an empty value.
        String::new()
    } else {
        format!("{owner}/{repository}")
    };
    workflows(audience, ("repository_owner", owner.to_owned()), ("repository", full_name))
}

/// Accepts ID tokens of workflows in the repository with these ids on github.com.
///
/// The ids are decimal numbers. They never change, and GitHub never uses one again. `https://api.github.com/repos/OWNER/NAME`
/// has both of them, as `owner.id` and `id`. The other rules are those of [`github_actions`].
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let deployments = providers::github_actions_ids("https://deploy.example.com", 65, 74).build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(deployments.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
pub fn github_actions_ids(audience: &str, owner_id: u64, repository_id: u64) -> RemoteIssuerBuilder {
    let owner = ("repository_owner_id", owner_id.to_string());
    workflows(audience, owner, ("repository_id", repository_id.to_string()))
}

fn workflows(
    audience: &str,
    owner: (&'static str, String),
    repository: (&'static str, String),
) -> RemoteIssuerBuilder {
    let audience = audience.to_owned();
    RemoteIssuer::discover("https://token.actions.githubusercontent.com").rules(move |issuer| {
        issuer
            .audience(audience.as_str())
            .audience_alone()
            .require_claim(owner.0, [owner.1.as_str()])
            .require_claim(repository.0, [repository.1.as_str()])
            .no_authorities()
    })
}
