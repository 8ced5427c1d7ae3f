//! ID tokens of workflows in GitHub Actions.

use serde_json::json;

use super::Shape;

/// The `iss` of the tokens.
pub const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// Returns the ID token of a workflow on the branch `main`. The owner has the id 65, and the repository the id 74.
pub fn id_token(audience: &str, owner: &str, repository: &str) -> Shape {
    let claims = json!({
        "jti": "c7a5e0d2-9f37-4d3d-9d6f-1d9f3b6a7c81",
        "sub": format!("repo:{owner}/{repository}:ref:refs/heads/main"),
        "aud": audience,
        "ref": "refs/heads/main",
        "sha": "c1b3a0f9e8d7c6b5a4938271605f4e3d2c1b0a99",
        "repository": format!("{owner}/{repository}"),
        "repository_owner": owner,
        "repository_owner_id": "65",
        "run_id": "1540607032",
        "run_number": "10",
        "run_attempt": "2",
        "repository_visibility": "private",
        "repository_id": "74",
        "actor_id": "12",
        "actor": "alice",
        "workflow": "release",
        "head_ref": "",
        "base_ref": "",
        "event_name": "push",
        "ref_protected": "true",
        "ref_type": "branch",
        "workflow_ref": format!("{owner}/{repository}/.github/workflows/release.yml@refs/heads/main"),
        "job_workflow_ref": format!("{owner}/{repository}/.github/workflows/release.yml@refs/heads/main"),
        "runner_environment": "github-hosted",
        "iss": ISSUER,
    });
    Shape::new(json!({"typ": "JWT", "x5t": "5QTAx0b6MBWHEbLlK6GIpDe4sVk"}), claims, 300)
        .time_claim("nbf", 600)
}

/// Returns the ID token of a repository whose subjects have the ids of the owner and of the repository.
pub fn immutable_id_token(audience: &str, owner: &str, repository: &str) -> Shape {
    id_token(audience, owner, repository)
        .claim("sub", format!("repo:{owner}@65/{repository}@74:ref:refs/heads/main"))
}
