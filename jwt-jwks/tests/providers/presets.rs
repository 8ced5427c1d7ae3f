//! The table.

use jwt_jwks::{RemoteIssuerBuilder, providers};
use jwt_test::shapes::{
    Shape, apple, auth0, authentik, clerk, cognito, entra, firebase, github_actions, google, keycloak,
    kubernetes, okta, supabase, zitadel,
};
use serde_json::json;

pub(crate) struct Preset {
    pub(crate) name: &'static str,
    pub(crate) build: fn() -> RemoteIssuerBuilder,
    /// The `iss` of the tokens.
    pub(crate) issuer: String,
    pub(crate) keys: Keys,
    pub(crate) good: Vec<Good>,
    pub(crate) bad: Vec<(&'static str, Shape)>,
    /// Claims without which a token is rejected, and with another value too.
    pub(crate) pinned: Vec<&'static str>,
    /// Claims without which a token is rejected.
    pub(crate) required: Vec<&'static str>,
}

/// Where the provider has its keys.
pub(crate) enum Keys {
    /// Where the discovery document says.
    Discovered,
    Set(&'static str),
    Certificates(&'static str),
}

/// A token that the preset accepts.
pub(crate) struct Good {
    pub(crate) what: &'static str,
    pub(crate) shape: Shape,
    pub(crate) identity: String,
    pub(crate) authorities: Vec<&'static str>,
}

/// A token whose other claims name scopes, which the preset does not map.
fn without_authorities(shape: Shape, identity: &str) -> Good {
    let names = json!(["admin", "role:admin"]);
    let shape = shape.claim("scope", "admin role:admin").claim("roles", names.clone()).claim("groups", names);
    good("token with claims that look like authorities", shape, identity, &[])
}

fn good(what: &'static str, shape: Shape, identity: &str, authorities: &[&'static str]) -> Good {
    Good { what, shape, identity: identity.to_owned(), authorities: authorities.to_vec() }
}

const REALM: &str = "https://id.example.com/realms/shop";
const TENANT: &str = "8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60";
const STRANGER: &str = "0a1b2c3d-4e5f-4061-8273-94a5b6c7d8e9";
const API: &str = "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b";
const CLIENT: &str = "2c3d4e5f-6a7b-4c8d-9e0f-1a2b3c4d5e6f";
const AUTH0: &str = "https://example.eu.auth0.com/";
const OKTA: &str = "https://example.okta.com/oauth2/default";
const POOL: &str = "eu-central-1_aBcDeFgHi";
const GOOGLE_CLIENT: &str = "1234987819200.apps.googleusercontent.com";
const ANDROID_CLIENT: &str = "1234987819200-android.apps.googleusercontent.com";
const SERVICE: &str = "https://deploy.example.com";
const CLUSTER: &str = "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE0123456789";
const PROJECT: &str = "https://abcdefghijklmnopqrst.supabase.co/auth/v1";
const CLERK: &str = "https://clerk.example.com";
const PAGE: &str = "https://shop.example.com";
const ZITADEL: &str = "https://example-a1b2c3.zitadel.cloud";
const ZITADEL_PROJECT: &str = "178204173316174381";
const AUTHENTIK: &str = "https://id.example.com/application/o/shop/";

/// All presets. The first of each provider's are compatible with each other in one manager.
pub(crate) fn all() -> Vec<Preset> {
    vec![
        keycloak(),
        auth0(),
        entra(),
        entra_tenants(),
        okta(),
        cognito(),
        google_id(),
        apple_id(),
        firebase_id(),
        github_actions(),
        github_actions_ids(),
        kubernetes(),
        kubernetes_in_cluster(),
        supabase(),
        supabase_clients(),
        clerk(),
        zitadel(),
        authentik(),
    ]
}

fn keycloak() -> Preset {
    let user = "7cb1f3a0-5a3e-4d43-9f65-1f0b8a3a6d1e";
    let access = || keycloak::access_token(REALM, "orders", "shop-web");
    let authorities = [
        "openid",
        "orders:read",
        "orders:write",
        "profile",
        "role:offline_access",
        "role:staff",
        "role:uma_authorization",
        "role:editor",
        "group:/warehouse",
    ];
    Preset {
        name: "keycloak",
        build: || providers::keycloak(REALM, "orders"),
        issuer: REALM.to_owned(),
        keys: Keys::Discovered,
        good: vec![
            good("access token", access(), user, &authorities),
            good("access token with at+jwt", access().header_parameter("typ", "at+jwt"), user, &authorities),
            good("access token with a small bearer", access().claim("typ", "bearer"), user, &authorities),
            good(
                "access token of a machine",
                keycloak::machine_token(REALM, "orders", "worker").without("realm_access").without("groups"),
                "0b1b2f5f-2d3a-45f6-8c69-95a3d1b0c2aa",
                &["orders:read", "role:editor"],
            ),
            good(
                "access token for one audience, without roles",
                access()
                    .claim("aud", "orders")
                    .without("realm_access")
                    .without("resource_access")
                    .without("groups"),
                user,
                &["openid", "orders:read", "orders:write", "profile"],
            ),
        ],
        bad: vec![
            ("ID token", keycloak::id_token(REALM, "shop-web")),
            ("ID token of the API's client", keycloak::id_token(REALM, "orders")),
            ("refresh token", keycloak::refresh_token(REALM, "orders")),
            ("refresh token for the API", keycloak::refresh_token(REALM, "orders").claim("aud", "orders")),
            ("offline token for the API", access().claim("typ", "Offline")),
            ("logout token", keycloak::logout_token(REALM, "orders")),
            (
                "logout token with typ JWT",
                keycloak::logout_token(REALM, "orders").header_parameter("typ", "JWT"),
            ),
            (
                "access token with the header of a logout token",
                access().header_parameter("typ", "logout+jwt"),
            ),
            ("DPoP token", access().claim("typ", "DPoP")),
            ("token for the account console", access().claim("aud", "account")),
            ("another realm", access().claim("iss", "https://id.example.com/realms/other")),
            ("the realm in other letters", access().claim("iss", "https://id.example.com/realms/Shop")),
        ],
        pinned: vec!["aud", "typ"],
        required: vec!["sub"],
    }
}

fn auth0() -> Preset {
    let api = "https://orders.example.com";
    let user = "auth0|65f0c1d2e3f4a5b6c7d8e9f0";
    let authorities =
        ["openid", "profile", "orders:read", "permission:orders:read", "permission:orders:refund"];
    Preset {
        name: "auth0",
        build: || providers::auth0("example.eu.auth0.com", "https://orders.example.com"),
        issuer: AUTH0.to_owned(),
        keys: Keys::Discovered,
        good: vec![
            good("access token", auth0::access_token(AUTH0, api, "web"), user, &authorities),
            good("access token of RFC 9068", auth0::rfc9068_token(AUTH0, api, "web"), user, &authorities),
            good(
                "access token of a machine",
                auth0::machine_token(AUTH0, api, "worker").without("permissions"),
                "worker@clients",
                &["orders:read"],
            ),
        ],
        bad: vec![
            ("ID token", auth0::id_token(AUTH0, "web")),
            ("ID token of a client with the API's name", auth0::id_token(AUTH0, api)),
            ("logout token", auth0::logout_token(AUTH0, api)),
            ("logout token with typ JWT", auth0::logout_token(AUTH0, api).header_parameter("typ", "JWT")),
            (
                "token for user info",
                auth0::access_token(AUTH0, "https://example.eu.auth0.com/userinfo", "web"),
            ),
        ],
        pinned: vec!["aud"],
        required: vec!["sub"],
    }
}

/// Tokens for both presets of Entra.
fn entra_tokens() -> (Vec<Good>, Vec<(&'static str, Shape)>) {
    let access = || entra::access_token(TENANT, API, CLIENT);
    let good = vec![
        good(
            "access token",
            access(),
            "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
            &[
                "Orders.Read",
                "Orders.Write",
                "role:Orders.Approve",
                "group:3f9d0b51-6c1e-4a1f-9f0a-2b6d8a1c4e77",
            ],
        ),
        good(
            "access token of an application",
            entra::app_token(TENANT, API, CLIENT),
            "5b0f6d1e-3c2a-4e8f-9b7d-6a5c4d3e2f10",
            &["role:Orders.Read.All"],
        ),
    ];
    let bad = vec![
        ("ID token", entra::id_token(TENANT, CLIENT)),
        ("ID token of the API's registration", entra::id_token(TENANT, API)),
        ("ID token without nonce", entra::id_token(TENANT, API).without("nonce")),
        ("version 1.0", entra::v1_token(TENANT, API, CLIENT)),
        ("version 1.0 of this issuer", access().claim("ver", "1.0")),
        ("another tenant", entra::access_token(STRANGER, API, CLIENT)),
        ("common", access().claim("iss", "https://login.microsoftonline.com/common/v2.0")),
        ("template", access().claim("iss", "https://login.microsoftonline.com/{tenant}/v2.0")),
        ("tenant in capitals", access().claim("iss", entra::issuer(&TENANT.to_uppercase()))),
        ("two tenants", access().claim("iss", entra::issuer(&format!("{STRANGER}/{TENANT}")))),
        ("address of the API as audience", access().claim("aud", format!("api://{API}"))),
    ];
    (good, bad)
}

fn entra() -> Preset {
    let (good, mut bad) = entra_tokens();
    bad.push(("a different tid", entra::access_token(TENANT, API, CLIENT).claim("tid", STRANGER)));
    bad.push((
        "a tid that is not text",
        entra::access_token(TENANT, API, CLIENT).claim("tid", json!([TENANT])),
    ));
    Preset {
        name: "entra",
        // Some tools show GUIDs in large letters. Tokens never have these.
        build: || providers::entra(&TENANT.to_uppercase(), &API.to_uppercase()),
        issuer: entra::issuer(TENANT),
        keys: Keys::Discovered,
        good,
        bad,
        pinned: vec!["aud", "ver"],
        required: vec!["sub", "azp"],
    }
}

fn entra_tenants() -> Preset {
    let (good, bad) = entra_tokens();
    Preset {
        name: "entra_tenants",
        build: || providers::entra_tenants(|tenant| tenant == TENANT, API),
        issuer: entra::issuer(TENANT),
        keys: Keys::Set("https://login.microsoftonline.com/common/discovery/v2.0/keys"),
        good,
        bad,
        pinned: vec!["aud", "ver"],
        required: vec!["sub", "azp"],
    }
}

fn okta() -> Preset {
    let api = "api://orders";
    let access = || okta::access_token(OKTA, api, "0oab8eb55Kb9jdMIr5d6");
    Preset {
        name: "okta",
        build: || providers::okta(OKTA, "api://orders"),
        issuer: OKTA.to_owned(),
        keys: Keys::Discovered,
        good: vec![
            good(
                "access token",
                access(),
                "00uid4BxXw6I6TV4m0g3",
                &["openid", "orders:read", "group:warehouse"],
            ),
            good(
                "access token of a machine",
                okta::machine_token(OKTA, api, "0oab8eb55Kb9jdMIr5d6"),
                "0oab8eb55Kb9jdMIr5d6",
                &["orders:read"],
            ),
        ],
        bad: vec![
            ("ID token", okta::id_token(OKTA, "0oab8eb55Kb9jdMIr5d6")),
            ("ID token of a client with the API's name", okta::id_token(OKTA, api)),
            ("ID token without hashes", okta::id_token(OKTA, api).without("at_hash").without("nonce")),
            ("the organization's server", access().claim("iss", "https://example.okta.com")),
            ("another server", access().claim("iss", "https://example.okta.com/oauth2/other")),
        ],
        pinned: vec!["aud"],
        required: vec!["cid"],
    }
}

fn cognito() -> Preset {
    let issuer = cognito::issuer("eu-central-1", POOL);
    let access = || cognito::access_token(&cognito::issuer("eu-central-1", POOL), "1example23456789");
    Preset {
        name: "cognito",
        build: || providers::cognito(POOL, ["1example23456789", "2example23456789"]),
        keys: Keys::Set(
            "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_aBcDeFgHi/.well-known/jwks.json",
        ),
        good: vec![
            good(
                "access token",
                access(),
                "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
                &["openid", "orders/read", "group:warehouse"],
            ),
            good(
                "access token of a machine",
                cognito::machine_token(&issuer, "2example23456789"),
                "2example23456789",
                &["orders/read"],
            ),
        ],
        bad: vec![
            ("ID token", cognito::id_token(&issuer, "1example23456789")),
            (
                "ID token without an audience",
                cognito::id_token(&issuer, "1example23456789")
                    .without("aud")
                    .claim("client_id", "1example23456789"),
            ),
            ("token for a resource", access().claim("aud", "https://orders.example.com")),
            ("list of clients", access().claim("client_id", json!(["1example23456789"]))),
            (
                "another user pool",
                access().claim("iss", cognito::issuer("eu-central-1", "eu-central-1_other")),
            ),
            ("another region", access().claim("iss", cognito::issuer("eu-west-1", POOL))),
        ],
        pinned: vec!["client_id", "token_use"],
        required: vec!["sub"],
        issuer,
    }
}

fn google_id() -> Preset {
    let user = "107691503500061507151";
    Preset {
        name: "google_id",
        build: || providers::google_id([GOOGLE_CLIENT, ANDROID_CLIENT]),
        issuer: google::ISSUER.to_owned(),
        keys: Keys::Discovered,
        good: vec![
            good("ID token", google::id_token(GOOGLE_CLIENT), user, &[]),
            without_authorities(google::id_token(GOOGLE_CLIENT), user),
            good(
                "ID token without nonce and hash",
                google::id_token(GOOGLE_CLIENT).without("nonce").without("at_hash"),
                user,
                &[],
            ),
            good("ID token without azp", google::id_token(GOOGLE_CLIENT).without("azp"), user, &[]),
            good(
                "ID token that an Android app requested for the server",
                google::id_token(GOOGLE_CLIENT).claim("azp", ANDROID_CLIENT),
                user,
                &[],
            ),
        ],
        bad: vec![
            ("ID token of a service account", google::service_account_id_token(GOOGLE_CLIENT)),
            (
                "ID token that another application requested for the server",
                google::id_token(GOOGLE_CLIENT).claim("azp", "other.apps.googleusercontent.com"),
            ),
            ("azp that is not text", google::id_token(GOOGLE_CLIENT).claim("azp", json!([GOOGLE_CLIENT]))),
            (
                "two audiences without azp",
                google::id_token(GOOGLE_CLIENT)
                    .claim("aud", json!([GOOGLE_CLIENT, ANDROID_CLIENT]))
                    .without("azp"),
            ),
            ("another application", google::id_token("other.apps.googleusercontent.com")),
            ("the short issuer", google::id_token(GOOGLE_CLIENT).claim("iss", "accounts.google.com")),
            ("access token", google::id_token(GOOGLE_CLIENT).header_parameter("typ", "at+jwt")),
        ],
        pinned: vec!["aud"],
        required: vec!["sub", "iat"],
    }
}

fn apple_id() -> Preset {
    let user = "000544.5e201aec537347aeb79d23cbc345170a.1321";
    let notification = || apple::notification("com.example.shop");
    Preset {
        name: "apple_id",
        build: || providers::apple_id(["com.example.shop", "com.example.shop.web"]),
        issuer: apple::ISSUER.to_owned(),
        keys: Keys::Set("https://appleid.apple.com/auth/keys"),
        good: vec![
            good("ID token", apple::id_token("com.example.shop"), user, &[]),
            without_authorities(apple::id_token("com.example.shop"), user),
            good("ID token for the page", apple::id_token("com.example.shop.web"), user, &[]),
        ],
        bad: vec![
            ("notification", notification()),
            ("notification with a subject", notification().claim("sub", user)),
            ("another app", apple::id_token("com.example")),
        ],
        pinned: vec!["aud"],
        required: vec!["sub", "iat"],
    }
}

fn firebase_id() -> Preset {
    let project = "shop-4711";
    Preset {
        name: "firebase_id",
        build: || providers::firebase_id("shop-4711"),
        issuer: firebase::issuer(project),
        keys: Keys::Certificates(
            "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com",
        ),
        good: vec![
            good("ID token", firebase::id_token(project), "Xk893u23H9SJ893kz0P1w2Q3e4r5", &[]),
            without_authorities(firebase::id_token(project), "Xk893u23H9SJ893kz0P1w2Q3e4r5"),
        ],
        bad: vec![
            ("session cookie", firebase::session_cookie(project)),
            ("another project", firebase::id_token("shop-4712")),
            ("another project's audience", firebase::id_token(project).claim("aud", "shop-4712")),
            (
                "another project's issuer",
                firebase::id_token(project).claim("iss", firebase::issuer("shop-4712")),
            ),
        ],
        pinned: vec!["aud"],
        required: vec!["sub", "iat", "auth_time", "firebase"],
    }
}

/// Tokens for both presets of GitHub Actions.
fn workflow_tokens() -> (Vec<Good>, Vec<(&'static str, Shape)>) {
    let good = vec![
        good(
            "token of a workflow",
            github_actions::id_token(SERVICE, "example", "shop"),
            "repo:example/shop:ref:refs/heads/main",
            &[],
        ),
        good(
            "token with an immutable subject",
            github_actions::immutable_id_token(SERVICE, "example", "shop"),
            "repo:example@65/shop@74:ref:refs/heads/main",
            &[],
        ),
        without_authorities(
            github_actions::id_token(SERVICE, "example", "shop"),
            "repo:example/shop:ref:refs/heads/main",
        ),
    ];
    let other = |owner, repository| {
        github_actions::id_token(SERVICE, owner, repository)
            .claim("repository_owner_id", "66")
            .claim("repository_id", "75")
    };
    let bad = vec![
        ("another repository", other("example", "other").claim("repository_owner_id", "65")),
        ("another owner", other("elsewhere", "shop")),
        ("a repository whose name begins like ours", other("example", "shop-tools")),
        ("an owner whose name begins like ours", other("example-shop", "shop")),
        (
            "the owner's default audience",
            github_actions::id_token("https://github.com/example", "example", "shop"),
        ),
        (
            "another owner with our subject",
            other("elsewhere", "shop").claim("sub", "repo:example/shop:ref:refs/heads/main"),
        ),
    ];
    (good, bad)
}

fn github_actions() -> Preset {
    let (good, mut bad) = workflow_tokens();
    bad.push(("the owner in other letters", github_actions::id_token(SERVICE, "Example", "shop")));
    Preset {
        name: "github_actions",
        build: || providers::github_actions("example", "shop", SERVICE),
        issuer: github_actions::ISSUER.to_owned(),
        keys: Keys::Discovered,
        good,
        bad,
        pinned: vec!["aud", "repository", "repository_owner"],
        required: vec!["sub"],
    }
}

fn github_actions_ids() -> Preset {
    let (mut accepted, mut bad) = workflow_tokens();
    let renamed = github_actions::id_token(SERVICE, "renamed", "store");
    accepted.push(good("a renamed repository", renamed, "repo:renamed/store:ref:refs/heads/main", &[]));
    let ours = || github_actions::id_token(SERVICE, "example", "shop");
    bad.push(("a new repository with our name", ours().claim("repository_id", "75")));
    bad.push(("a new owner with our name", ours().claim("repository_owner_id", "66")));
    bad.push(("ids that are numbers", ours().claim("repository_id", 74)));
    Preset {
        name: "github_actions_ids",
        build: || providers::github_actions_ids(65, 74, SERVICE),
        issuer: github_actions::ISSUER.to_owned(),
        keys: Keys::Discovered,
        good: accepted,
        bad,
        pinned: vec!["aud", "repository_id", "repository_owner_id"],
        required: vec!["sub"],
    }
}

fn kubernetes() -> Preset {
    let api = "https://orders.example.com";
    let token = |audience| kubernetes::service_account_token(CLUSTER, audience, "shop", "web");
    Preset {
        name: "kubernetes",
        build: || providers::kubernetes(CLUSTER, "https://orders.example.com"),
        issuer: CLUSTER.to_owned(),
        keys: Keys::Discovered,
        good: vec![
            good("token of a service account", token(api), "system:serviceaccount:shop:web", &[]),
            without_authorities(token(api), "system:serviceaccount:shop:web"),
        ],
        bad: vec![
            ("default token of a pod", token("https://kubernetes.default.svc")),
            ("token of a secret", kubernetes::legacy_token("shop", "web")),
            (
                "token of a secret with our issuer",
                kubernetes::legacy_token("shop", "web").claim("iss", CLUSTER).claim("aud", api),
            ),
        ],
        pinned: vec!["aud"],
        required: vec!["sub", "kubernetes.io"],
    }
}

fn kubernetes_in_cluster() -> Preset {
    Preset {
        name: "kubernetes_in_cluster",
        build: || providers::kubernetes_in_cluster(CLUSTER, "https://orders.example.com"),
        keys: Keys::Set("https://kubernetes.default.svc/openid/v1/jwks"),
        ..kubernetes()
    }
}

const CONNECTED: &str = "9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d";

fn supabase() -> Preset {
    let with_client = |client| supabase::access_token(PROJECT).claim("client_id", client);
    Preset {
        name: "supabase",
        build: || providers::supabase("https://abcdefghijklmnopqrst.supabase.co"),
        issuer: PROJECT.to_owned(),
        keys: Keys::Set("https://abcdefghijklmnopqrst.supabase.co/auth/v1/.well-known/jwks.json"),
        good: vec![good(
            "access token",
            supabase::access_token(PROJECT),
            "9b2d6c1e-4f3a-4b5c-8d7e-6f5a4b3c2d1e",
            &["role:authenticated"],
        )],
        bad: vec![
            ("anonymous API key", supabase::api_key("anon")),
            ("service API key", supabase::api_key("service_role")),
            ("service API key with our issuer", supabase::api_key("service_role").claim("iss", PROJECT)),
            ("another project", supabase::access_token("https://other.supabase.co/auth/v1")),
            ("anonymous audience", supabase::access_token(PROJECT).claim("aud", "anon")),
            ("ID token", supabase::access_token(PROJECT).claim("nonce", "n")),
            ("token of an OAuth client", supabase::oauth_token(PROJECT, CONNECTED)),
            ("token of an OAuth client without a name", with_client(json!(""))),
            ("token of an OAuth client whose id is null", with_client(json!(null))),
            ("token of several OAuth clients", with_client(json!([CONNECTED]))),
        ],
        pinned: vec!["aud"],
        required: vec!["sub", "role", "session_id"],
    }
}

fn supabase_clients() -> Preset {
    let user = "9b2d6c1e-4f3a-4b5c-8d7e-6f5a4b3c2d1e";
    let mut preset = supabase();
    preset.bad.retain(|(what, _)| !what.starts_with("token of an OAuth client"));
    preset.bad.push(("token of another OAuth client", supabase::oauth_token(PROJECT, "other")));
    preset.bad.push(("token of an OAuth client without a name", supabase::oauth_token(PROJECT, "")));
    preset.good.push(good(
        "token of an OAuth client",
        supabase::oauth_token(PROJECT, CONNECTED),
        user,
        &["role:authenticated"],
    ));
    Preset {
        name: "supabase_clients",
        build: || providers::supabase_clients("https://abcdefghijklmnopqrst.supabase.co/", [CONNECTED]),
        ..preset
    }
}

fn clerk() -> Preset {
    let user = "user_2GIpXOEpVyJw51rkZn9Kmnc6Sxr";
    let session = || clerk::session_token(CLERK, PAGE);
    Preset {
        name: "clerk",
        build: || providers::clerk(CLERK, [PAGE, "https://admin.example.com"]),
        issuer: CLERK.to_owned(),
        keys: Keys::Set("https://clerk.example.com/.well-known/jwks.json"),
        good: vec![
            good("session token", session(), user, &["role:admin"]),
            good(
                "session token of another page",
                clerk::session_token(CLERK, "https://admin.example.com"),
                user,
                &["role:admin"],
            ),
            good("session token without an organization", session().without("o"), user, &[]),
            good(
                "session token of version 1",
                clerk::v1_session_token(CLERK, PAGE),
                user,
                &["role:org:admin", "permission:org:orders:manage"],
            ),
            good(
                "session token of an active session",
                session().claim("sts", "active"),
                user,
                &["role:admin"],
            ),
        ],
        bad: vec![
            ("pending session", clerk::pending_token(CLERK, PAGE)),
            ("status that is not text", session().claim("sts", json!(["active"]))),
            ("template token", clerk::template_token(CLERK, PAGE)),
            ("OAuth token", session().header_parameter("typ", "at+jwt")),
            ("page on a subdomain", clerk::session_token(CLERK, "https://blog.shop.example.com")),
            ("page over http", clerk::session_token(CLERK, "http://shop.example.com")),
            ("another instance", clerk::session_token("https://clerk.elsewhere.example", PAGE)),
            ("token with an audience", session().claim("aud", "https://orders.example.com")),
        ],
        pinned: vec!["azp"],
        required: vec!["sub", "sid"],
    }
}

fn zitadel() -> Preset {
    let client = "178204173316240000";
    let access = |project| zitadel::access_token(ZITADEL, project, client);
    Preset {
        name: "zitadel",
        build: || providers::zitadel(ZITADEL, ZITADEL_PROJECT),
        issuer: ZITADEL.to_owned(),
        keys: Keys::Discovered,
        good: vec![good("access token", access(ZITADEL_PROJECT), "178207346583306755", &["role:editor"])],
        bad: vec![
            ("ID token", zitadel::id_token(ZITADEL, ZITADEL_PROJECT, client)),
            (
                "ID token without a hash",
                zitadel::id_token(ZITADEL, ZITADEL_PROJECT, client).without("at_hash"),
            ),
            ("another project", access("999")),
            (
                "another instance",
                zitadel::access_token("https://other.zitadel.cloud", ZITADEL_PROJECT, client),
            ),
        ],
        pinned: vec!["aud"],
        required: vec!["sub", "jti"],
    }
}

fn authentik() -> Preset {
    let client = "aBcDeFgHiJkL";
    let user = "b1f6b6c1d0b54c0bb4f3a27dc1dbe6a0c9c0f1f8d6b7a5e4c3d2b1a09f8e7d6c";
    let access = || authentik::access_token(AUTHENTIK, client);
    Preset {
        name: "authentik",
        build: || providers::authentik(AUTHENTIK, "aBcDeFgHiJkL"),
        issuer: AUTHENTIK.to_owned(),
        keys: Keys::Discovered,
        good: vec![
            good("access token", access(), user, &["openid", "profile", "orders:read", "group:warehouse"]),
            good("access token without scope", access().without("scope"), user, &["group:warehouse"]),
            // Refreshed tokens, and those of sign-ins without a nonce.
            good(
                "access token without nonce",
                access().without("nonce"),
                user,
                &["openid", "profile", "orders:read", "group:warehouse"],
            ),
            good(
                "access token with a hash of itself",
                access().claim("at_hash", "oIDsdgVJ5bFlqJ0_aLJYyQ"),
                user,
                &["openid", "profile", "orders:read", "group:warehouse"],
            ),
        ],
        bad: vec![
            ("ID token", authentik::id_token(AUTHENTIK, client)),
            ("ID token without nonce", authentik::id_token(AUTHENTIK, client).without("nonce")),
            ("ID token with azp", authentik::id_token(AUTHENTIK, client).claim("azp", client)),
            ("ID token with uid", authentik::id_token(AUTHENTIK, client).claim("uid", "u")),
            ("ID token that is bound to a key", access().header_parameter("typ", "dpop+id_token")),
            ("another client", authentik::access_token(AUTHENTIK, "other")),
            ("another client in azp", access().claim("azp", "other")),
            (
                "another application",
                authentik::access_token("https://id.example.com/application/o/blog/", client),
            ),
        ],
        pinned: vec!["aud", "azp"],
        required: vec!["sub", "uid"],
    }
}
