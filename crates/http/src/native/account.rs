//! One's own account: devices, password, e-mail address, deletion, recovery.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts,
    sessions::{self, model::Session},
    staff,
};

use crate::{
    Shared,
    auth::Person,
    body::Params,
    cookies::{Cookie, device_of, page_cookie},
    format,
    limits::{Bucket, charge_account, charge_mail},
    mastodon::PathId,
    problem::{Code, Problem},
    routes::{Access, Operation, delete, get, post},
    views::{Device, Empty, Rendered, bytes},
};

const TAG: &str = "account";

pub fn operations() -> Vec<Operation> {
    vec![
        get("getDevices", "/api/sociosphere/v1/auth/devices", Access::Owner)
            .says(TAG, "Devices one is signed in on")
            .answers::<Vec<Device>>()
            .to(devices),
        delete("deleteDevice", "/api/sociosphere/v1/auth/devices/{id}", Access::Owner)
            .says(TAG, "Signs a device out")
            .answers::<Empty>()
            .to(end_device),
        post("postPassword", "/api/sociosphere/v1/auth/password", Access::Owner)
            .says(TAG, "Changes the password; all other devices and apps must sign in again")
            .limited(Bucket::SignIn)
            .takes::<PasswordForm>()
            .answers::<Empty>()
            .to(password),
        post("postStepUp", "/api/sociosphere/v1/auth/step-up", Access::Owner)
            .says(TAG, "Gives the password again: a proof for X-Sociosphere-Proof, for a quarter of an hour")
            .limited(Bucket::SignIn)
            .takes::<StepUpForm>()
            .answers::<StepUp>()
            .to(step_up),
        post("postEmail", "/api/sociosphere/v1/auth/email", Access::Owner)
            .says(TAG, "Asks to change the e-mail address; a link is sent there")
            .limited(Bucket::Mail)
            .takes::<EmailForm>()
            .answers::<Empty>()
            .to(email),
        post("postConfirmation", "/api/sociosphere/v1/auth/confirmation", Access::Newcomer(""))
            .says(TAG, "Sends the confirmation link again")
            .limited(Bucket::Mail)
            .answers::<Empty>()
            .to(confirmation),
        post("postReset", "/api/sociosphere/v1/auth/reset", Access::Open)
            .says(TAG, "Sends a link to set a new password, if somebody has the address")
            .limited(Bucket::Mail)
            .takes::<ResetForm>()
            .answers::<Empty>()
            .to(reset),
        post("deleteAccount", "/api/sociosphere/v1/auth/delete", Access::Owner)
            .says(TAG, "Deletes one's account")
            .limited(Bucket::SignIn)
            .takes::<DeleteForm>()
            .answers::<Empty>()
            .to(delete_account),
    ]
}

async fn devices(State(site): State<Shared>, person: Person) -> Result<Rendered, Problem> {
    let devices = sessions::devices(&site.app, person.account).await?;
    let views: Vec<_> = devices
        .into_iter()
        .map(|device| Device {
            id: device.id.to_string(),
            name: device.name,
            created_at: format::time(device.created_ms),
            last_used_at: format::time(device.last_used_ms),
            current: Some(device.id) == person.session,
        })
        .collect();
    Ok(Rendered(bytes(&views)))
}

async fn end_device(
    State(site): State<Shared>,
    person: Person,
    PathId(id): PathId<Session>,
) -> Result<Rendered, Problem> {
    match sessions::end_device(&site.app, person.account, id).await? {
        true => Ok(Rendered(bytes(&Empty {}))),
        false => Err(Problem::not_found()),
    }
}

/// A new password.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PasswordForm {
    /// The present one.
    current: String,
    /// The new one.
    new: String,
}

async fn password(
    State(site): State<Shared>,
    person: Person,
    headers: HeaderMap,
    Params(form): Params<PasswordForm>,
) -> Result<Response, Problem> {
    charge_account(&site, person.account).await?;
    accounts::change_password(&site.app, person.account, &form.current, &form.new).await?;
    // Every session has ended, this one too: it goes on as a new one, which its refresh cookie opens.
    let (device, known) = device_of(&site, &headers);
    let signed = sessions::open_session(&site.app, person.account, device).await?;
    let mut response = Rendered(bytes(&Empty {})).into_response();
    let page = page_cookie(&site, signed.session).await?;
    for (name, line) in [
        Cookie::Refresh.set(&site, &signed.refresh_token),
        Cookie::Session.set(&site, &page),
        known,
    ] {
        response.headers_mut().append(name, line);
    }
    Ok(response)
}

/// The password again.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct StepUpForm {
    /// The password.
    password: String,
}

/// That it was right.
#[derive(Debug, Serialize, JsonSchema)]
struct StepUp {
    /// For the header X-Sociosphere-Proof.
    proof: String,
    /// Seconds.
    expires_in: u64,
}

async fn step_up(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<StepUpForm>,
) -> Result<Rendered, Problem> {
    charge_account(&site, person.account).await?;
    let session = person.session.ok_or_else(|| Problem::of(Code::OutsideScopes))?;
    let proof = staff::step_up(&site.app, person.account, session, &form.password).await?;
    Ok(Rendered(bytes(&StepUp { proof, expires_in: staff::PROOF_LIFE.as_secs() })))
}

/// A new address.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct EmailForm {
    /// The password.
    password: String,
    /// The new address.
    email: String,
}

async fn email(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<EmailForm>,
) -> Result<Rendered, Problem> {
    charge_account(&site, person.account).await?;
    charge_mail(&site, &form.email).await?;
    accounts::change_email(&site.app, person.account, &form.password, &form.email).await?;
    Ok(Rendered(bytes(&Empty {})))
}

async fn confirmation(State(site): State<Shared>, person: Person) -> Result<Response, Problem> {
    charge_mail(&site, &accounts::address_of(&site.app, person.account).await?).await?;
    accounts::resend_confirmation(&site.app, person.account).await?;
    Ok(accepted())
}

/// Whose password was forgotten.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ResetForm {
    /// Address.
    email: String,
}

async fn reset(
    State(site): State<Shared>,
    Params(form): Params<ResetForm>,
) -> Result<Response, Problem> {
    charge_mail(&site, &form.email).await?;
    accounts::request_reset(&site.app, &form.email).await?;
    Ok(accepted())
}

/// To delete an account.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct DeleteForm {
    /// The password.
    password: String,
}

async fn delete_account(
    State(site): State<Shared>,
    person: Person,
    Params(form): Params<DeleteForm>,
) -> Result<Response, Problem> {
    charge_account(&site, person.account).await?;
    accounts::delete_account(&site.app, person.account, &form.password).await?;
    Ok(accepted())
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Rendered(bytes(&Empty {}))).into_response()
}
