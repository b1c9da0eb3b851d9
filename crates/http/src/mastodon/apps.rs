//! OAuth for apps: registration, tokens, revocation; and signing up through an app.

use axum::{Extension, extract::State};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use graph::Stored;
use http::{HeaderMap, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use social::{
    accounts::{self, SignUp, SignedUp},
    apps::{self, IssuedToken, NewApp, Scopes, model::App as Client},
};

use crate::{
    ClientAddr, Shared,
    auth::{Person, Viewer},
    body::Params,
    limits::{Bucket, charge_mail, charge_sign_in},
    problem::{Code, Problem},
    routes::{Access, Operation, get, post},
    views::{
        Application, CredentialApplication, Empty, OAuthToken, Rendered, bytes, credential_account,
    },
};

const TAG: &str = "oauth";

pub fn operations() -> Vec<Operation> {
    vec![
        post("postApp", "/api/v1/apps", Access::Open)
            .says(TAG, "Registers an app")
            .limited(Bucket::Apps)
            .takes::<AppForm>()
            .answers::<CredentialApplication>()
            .to(register),
        get("verifyApp", "/api/v1/apps/verify_credentials", Access::App(""))
            .says(TAG, "The app of a token")
            .answers::<Application>()
            .to(verify),
        post("token", "/oauth/token", Access::Open)
            .says(TAG, "Trades a code, or the app's secret, for a token")
            .takes::<TokenForm>()
            .answers::<OAuthToken>()
            .to(token),
        post("revoke", "/oauth/revoke", Access::Open)
            .says(TAG, "Takes a token back")
            .takes::<RevokeForm>()
            .answers::<Empty>()
            .to(revoke),
        get("getUserInfo", "/oauth/userinfo", Access::Person("profile"))
            .says(TAG, "Who somebody is (OpenID Connect)")
            .answers::<UserInfo>()
            .to(user_info),
        post("postUserInfo", "/oauth/userinfo", Access::Person("profile"))
            .says(TAG, "Who somebody is (OpenID Connect)")
            .answers::<UserInfo>()
            .to(user_info),
        post("postAccount", "/api/v1/accounts", Access::App("write:accounts"))
            .says(TAG, "Makes an account through an app")
            .limited(Bucket::SignUp)
            .takes::<AccountForm>()
            .answers::<OAuthToken>()
            .to(sign_up),
        post("postEmailConfirmation", "/api/v1/emails/confirmations", Access::Newcomer(""))
            .says(TAG, "Sends the confirmation link again")
            .limited(Bucket::Mail)
            .answers::<Empty>()
            .to(confirmation),
        get("checkConfirmation", "/api/v1/emails/check_confirmation", Access::Newcomer(""))
            .says(TAG, "Whether the e-mail address is confirmed")
            .answers::<bool>()
            .to(check_confirmation),
    ]
}

/// An app that asks to be known.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AppForm {
    /// Shown to people.
    client_name: String,
    /// Where codes may be sent: one, a list, or one a line.
    #[schemars(length(max = 20))]
    redirect_uris: Vec<String>,
    /// What it may ask for.
    scopes: Option<String>,
    /// Where it lives.
    website: Option<String>,
}

async fn register(
    State(site): State<Shared>,
    Params(form): Params<AppForm>,
) -> Result<Rendered, Problem> {
    let uris = form.redirect_uris.iter().flat_map(|text| text.split_whitespace());
    let new = NewApp {
        name: form.client_name,
        website: form.website,
        redirect_uris: uris.map(str::to_owned).collect(),
        scopes: form.scopes,
    };
    let (client, secret) = apps::register(&site.app, new).await?;
    Ok(Rendered(bytes(&CredentialApplication {
        application: application(&site, &client),
        client_id: client.client_id.clone(),
        client_secret: secret,
        client_secret_expires_at: 0,
    })))
}

fn application(site: &Shared, client: &Stored<Client>) -> Application {
    Application {
        id: client.id.to_string(),
        name: client.name.clone(),
        website: client.website.clone(),
        scopes: client.scopes.clone(),
        redirect_uris: client.redirect_uris.clone(),
        redirect_uri: client.redirect_uris.join("\n"),
        vapid_key: site.app.secrets.vapid.public().to_owned(),
    }
}

async fn verify(State(site): State<Shared>, viewer: Viewer) -> Result<Rendered, Problem> {
    let client = client_of(&site, &viewer).await?;
    Ok(Rendered(bytes(&application(&site, &client))))
}

/// The app whose token came. Our own client and the operator's tokens have none.
async fn client_of(
    site: &Shared,
    viewer: &Viewer,
) -> Result<std::sync::Arc<Stored<Client>>, Problem> {
    let id = match viewer {
        Viewer::App(grant) => grant.client,
        Viewer::Person(person) => person.client,
        Viewer::Anonymous => None,
    };
    let client = match id {
        Some(id) => site.app.graph.get(id).await?,
        None => None,
    };
    client.ok_or_else(Problem::not_found)
}

/// What a token is asked for with.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct TokenForm {
    /// `authorization_code`, `client_credentials` or `password`.
    grant_type: String,
    /// Which app; here or as Basic credentials.
    client_id: String,
    /// Its secret.
    client_secret: String,
    /// Of the redirect.
    code: String,
    /// As it was when the code was asked for.
    redirect_uri: String,
    /// PKCE.
    code_verifier: Option<String>,
    /// What the token may do.
    scope: Option<String>,
    /// For `password`.
    username: String,
    /// For `password`.
    password: String,
}

async fn token(
    State(site): State<Shared>,
    headers: HeaderMap,
    Params(form): Params<TokenForm>,
) -> Result<Rendered, Problem> {
    let (id, secret) = credentials(&headers, &form.client_id, &form.client_secret)?;
    let app = &site.app;
    let issued = match form.grant_type.as_str() {
        "authorization_code" => {
            let verifier = form.code_verifier.as_deref().filter(|text| !text.is_empty());
            apps::exchange(app, &id, &secret, &form.code, &form.redirect_uri, verifier).await?
        }
        "client_credentials" => {
            apps::client_credentials(app, &id, &secret, form.scope.as_deref()).await?
        }
        "password" => {
            if app.settings.password_grant {
                charge_sign_in(&site, &form.username).await?;
            }
            let who = (form.username.as_str(), form.password.as_str());
            apps::password_grant(app, (&id, &secret), who, form.scope.as_deref()).await?
        }
        _ => return Err(Problem::of(Code::UnsupportedGrantType)),
    };
    Ok(Rendered(bytes(&shown(&issued))))
}

fn shown(issued: &IssuedToken) -> OAuthToken {
    OAuthToken {
        access_token: issued.token.clone(),
        token_type: "Bearer",
        scope: issued.scopes.to_string(),
        created_at: issued.created_ms / 1_000,
    }
}

/// Client id and secret: of the body, or Basic credentials (RFC 6749, 2.3.1); not both.
fn credentials(headers: &HeaderMap, id: &str, secret: &str) -> Result<(String, String), Problem> {
    let Some(line) = headers.get(header::AUTHORIZATION) else {
        return Ok((id.to_owned(), secret.to_owned()));
    };
    let invalid = || Problem::of(Code::InvalidClient);
    let line = line.to_str().map_err(|_| invalid())?;
    let Some(basic) = line.strip_prefix("Basic ") else {
        // Some apps send an old bearer token along: it says nothing about the client.
        return Ok((id.to_owned(), secret.to_owned()));
    };
    let bytes = STANDARD.decode(basic.trim()).map_err(|_| invalid())?;
    let text = String::from_utf8(bytes).map_err(|_| invalid())?;
    let (user, password) = text.split_once(':').ok_or_else(invalid)?;
    Ok((user.to_owned(), password.to_owned()))
}

/// Which token is taken back.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RevokeForm {
    /// Which app.
    client_id: String,
    /// Its secret.
    client_secret: String,
    /// The token.
    token: String,
}

async fn revoke(
    State(site): State<Shared>,
    headers: HeaderMap,
    Params(form): Params<RevokeForm>,
) -> Result<Rendered, Problem> {
    let (id, secret) = credentials(&headers, &form.client_id, &form.client_secret)?;
    apps::revoke(&site.app, &id, &secret, &form.token).await?;
    Ok(Rendered(bytes(&Empty {})))
}

/// Who somebody is.
#[derive(Debug, Serialize, JsonSchema)]
struct UserInfo {
    /// Who says so.
    iss: String,
    /// Identifier.
    sub: String,
    /// Shown name.
    name: String,
    /// Handle.
    preferred_username: String,
    /// Page.
    profile: String,
    /// Portrait.
    picture: String,
}

async fn user_info(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    let me = credential_account(&site, person.account).await?.ok_or_else(Problem::not_found)?;
    let head = me.account.head;
    Ok(Rendered(bytes(&UserInfo {
        iss: format!("{}/", site.app.settings.public_url),
        sub: head.uri,
        name: head.display_name,
        preferred_username: head.username,
        profile: head.url,
        picture: head.avatar,
    })))
}

/// Who wants to join.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct AccountForm {
    /// Handle.
    username: String,
    /// Address.
    email: String,
    /// At least eight characters.
    password: String,
    /// The rules are agreed to.
    agreement: bool,
    /// Language of the interface.
    locale: Option<String>,
    /// Why, where staff approve.
    reason: Option<String>,
    /// Code of an invitation.
    invite_code: Option<String>,
}

async fn sign_up(
    State(site): State<Shared>,
    viewer: Viewer,
    from: Option<Extension<ClientAddr>>,
    Params(form): Params<AccountForm>,
) -> Result<Rendered, Problem> {
    let client = client_of(&site, &viewer).await?;
    charge_mail(&site, &form.email).await?;
    let signed_up = accounts::sign_up(
        &site.app,
        SignUp {
            handle: form.username,
            email: form.email,
            password: form.password,
            display_name: String::new(),
            reason: form.reason.filter(|text| !text.is_empty()),
            invite: form.invite_code.filter(|text| !text.is_empty()),
            owner_token: None,
            locale: form.locale,
            agreement: form.agreement,
            discreet: false,
            by_operator: None,
            locked: false,
            address: from.map(|Extension(from)| from.0),
        },
    )
    .await?;
    let account = match signed_up {
        SignedUp::Ready(id) | SignedUp::ConfirmEmail(id) | SignedUp::AwaitingApproval(id) => id,
        SignedUp::Discreet { .. } => return Err(Problem::not_found()),
    };
    let scopes = Scopes::stored(&client.scopes);
    let issued = apps::issue(&site.app, Some(client.id), Some(account), &scopes, None).await?;
    Ok(Rendered(bytes(&shown(&issued))))
}

async fn confirmation(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    if person.confirmed {
        return Err(Problem::new(
            Code::Forbidden,
            "This method is only available while the e-mail is awaiting confirmation",
        ));
    }
    charge_mail(&site, &accounts::address_of(&site.app, person.account).await?).await?;
    accounts::resend_confirmation(&site.app, person.account).await?;
    Ok(Rendered(bytes(&json!({}))))
}

async fn check_confirmation(person: Person) -> Rendered {
    Rendered(bytes(&person.confirmed))
}
