//! Signing up, in and out in the web client. It holds an access token in memory and never sees the refresh token, which is
//! in a cookie.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::{self, SignUp, SignedUp},
    sessions::{self, RefreshError, SignedIn},
};

use crate::{
    ClientAddr, Shared,
    body::Params,
    cookies::{Cookie, device_of, page_cookie},
    limits::{Bucket, charge_mail, charge_sign_in},
    problem::Problem,
    routes::{Access, Operation, post},
    views::{CredentialAccount, Empty, Rendered, bytes, credential_account},
};

const TAG: &str = "auth";

pub fn operations() -> Vec<Operation> {
    vec![
        post("signUp", "/api/sociosphere/v1/auth/sign-up", Access::Open)
            .says(TAG, "Makes an account: a session, or 202 with what comes next")
            .limited(Bucket::SignUp)
            .takes::<SignUpForm>()
            .answers::<Session>()
            .accepts::<SignUpPending>()
            .to(sign_up),
        post("signIn", "/api/sociosphere/v1/auth/sign-in", Access::Open)
            .says(TAG, "Signs in with handle or e-mail address")
            .limited(Bucket::SignIn)
            .takes::<SignInForm>()
            .answers::<Session>()
            .to(sign_in),
        post("refresh", "/api/sociosphere/v1/auth/refresh", Access::Cookie)
            .says(TAG, "Renews the access token; needs the header X-Sociosphere: 1")
            .answers::<Session>()
            .to(refresh),
        post("signOut", "/api/sociosphere/v1/auth/sign-out", Access::Cookie)
            .says(TAG, "Signs this device out; needs the header X-Sociosphere: 1")
            .answers::<Empty>()
            .to(sign_out),
    ]
}

/// A signed-in web client.
#[derive(Debug, Serialize, JsonSchema)]
struct Session {
    /// For the Authorization header.
    access_token: String,
    /// Seconds.
    expires_in: u64,
    /// Who.
    account: CredentialAccount,
}

/// Signed up, and not in yet.
#[derive(Debug, Serialize, JsonSchema)]
struct SignUpPending {
    /// What comes next.
    #[schemars(extend("enum" = ["confirm_email", "awaiting_approval"]))]
    state: &'static str,
}

/// Who wants to join.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SignUpForm {
    /// Letters, digits, `_`.
    handle: String,
    /// Address.
    email: String,
    /// At least eight characters.
    password: String,
    /// Shown name.
    display_name: String,
    /// Code of an invitation.
    invite: Option<String>,
    /// Why, where staff approve.
    reason: Option<String>,
    /// Of the owner's link.
    owner_token: Option<String>,
    /// Language of the interface.
    locale: Option<String>,
}

async fn sign_up(
    State(site): State<Shared>,
    headers: HeaderMap,
    from: Option<Extension<ClientAddr>>,
    Params(form): Params<SignUpForm>,
) -> Result<Response, Problem> {
    charge_mail(&site, &form.email).await?;
    let signed_up = accounts::sign_up(
        &site.app,
        SignUp {
            handle: form.handle,
            email: form.email,
            password: form.password,
            display_name: form.display_name,
            reason: form.reason.filter(|text| !text.is_empty()),
            invite: form.invite.filter(|text| !text.is_empty()),
            owner_token: form.owner_token.filter(|text| !text.is_empty()),
            locale: form.locale,
            agreement: true,
            discreet: true,
            by_operator: None,
            locked: false,
            address: from.map(|Extension(from)| from.0),
        },
    )
    .await?;
    let state = match signed_up {
        SignedUp::Ready(account) => {
            let (device, (name, line)) = device_of(&site, &headers);
            let signed = sessions::open_session(&site.app, account, device).await?;
            let mut response = answer(&site, signed).await?;
            response.headers_mut().append(name, line);
            return Ok(response);
        }
        SignedUp::ConfirmEmail(_) | SignedUp::Discreet { awaiting_approval: false } => {
            "confirm_email"
        }
        SignedUp::AwaitingApproval(_) | SignedUp::Discreet { awaiting_approval: true } => {
            "awaiting_approval"
        }
    };
    let body = Rendered(bytes(&SignUpPending { state }));
    Ok((StatusCode::ACCEPTED, body).into_response())
}

/// Who signs in.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SignInForm {
    /// Handle or e-mail address.
    login: String,
    /// Password.
    password: String,
}

async fn sign_in(
    State(site): State<Shared>,
    headers: HeaderMap,
    Params(form): Params<SignInForm>,
) -> Result<Response, Problem> {
    charge_sign_in(&site, &form.login).await?;
    let (device, (name, line)) = device_of(&site, &headers);
    let signed = sessions::sign_in(&site.app, &form.login, &form.password, device).await?;
    let mut response = answer(&site, signed).await?;
    response.headers_mut().append(name, line);
    Ok(response)
}

async fn refresh(State(site): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let token = Cookie::Refresh.of(&site, &headers).ok_or(RefreshError::Ended)?;
    let signed = sessions::refresh(&site.app, &token).await?;
    answer(&site, signed).await
}

async fn sign_out(State(site): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(token) = Cookie::Refresh.of(&site, &headers) {
        sessions::sign_out(&site.app, &token).await?;
    }
    let mut response = Rendered(bytes(&Empty {})).into_response();
    for cookie in [Cookie::Refresh, Cookie::Session] {
        let (name, line) = cookie.clear(&site);
        response.headers_mut().append(name, line);
    }
    Ok(response)
}

async fn answer(site: &Shared, signed: SignedIn) -> Result<Response, Problem> {
    let account = credential_account(site, signed.account).await?;
    let session = Session {
        access_token: signed.access_token,
        expires_in: site.app.settings.access_token_life.as_secs(),
        account: account.ok_or_else(Problem::not_found)?,
    };
    let mut response = Rendered(bytes(&session)).into_response();
    let page = page_cookie(site, signed.session).await?;
    for (name, line) in
        [Cookie::Refresh.set(site, &signed.refresh_token), Cookie::Session.set(site, &page)]
    {
        response.headers_mut().append(name, line);
    }
    Ok(response)
}

/// What people call the device: browser and system, as far as the user agent tells.
pub fn device(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let agent = agent.unwrap_or_default();
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Firefox", "Firefox"),
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Chrom", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => agent.split(['/', ' ']).next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn devices_are_named_as_people_name_them() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1",
                "Safari on iPhone",
            ),
            ("toot/0.48 (python)", "toot"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
            assert_eq!(device(&headers), name);
        }
        assert_eq!(device(&HeaderMap::new()), "");
    }
}
