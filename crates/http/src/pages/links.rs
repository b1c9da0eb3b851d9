//! Links from mails: confirming an address, setting a new password. Opening a link changes nothing (mail programs
//! open links too); its button does.

use axum::{extract::State, response::IntoResponse, response::Response};
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;
use social::accounts::{self, RecoverError};

use super::{Failed, Page, escape, hidden};
use crate::{
    Shared,
    body::Params,
    cookies::{check_form, form_token},
    limits::Bucket,
    routes::{Access, Operation, get, post},
};

const CONFIRM: &str = "/auth/confirm";
const RESET: &str = "/auth/reset";

pub fn operations() -> Vec<Operation> {
    vec![
        get("confirmPage", CONFIRM, Access::Open)
            .says("pages", "Asks to confirm an e-mail address")
            .takes::<Link>()
            .to(show_confirm),
        post("confirmForm", CONFIRM, Access::Open)
            .says("pages", "Confirms an e-mail address")
            .limited(Bucket::SignIn)
            .takes::<Form>()
            .to(confirm),
        get("resetPage", RESET, Access::Open)
            .says("pages", "Asks for a new password")
            .takes::<Link>()
            .to(show_reset),
        post("resetForm", RESET, Access::Open)
            .says("pages", "Sets a new password")
            .limited(Bucket::SignIn)
            .takes::<Form>()
            .to(reset),
    ]
}

/// A link from a mail.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Link {
    /// Its secret.
    token: String,
}

/// What its button sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Form {
    /// The link's secret.
    ticket: String,
    /// Proof that the form is ours.
    token: String,
    /// The new password.
    password: String,
}

async fn show_confirm(State(site): State<Shared>, Params(link): Params<Link>) -> Page {
    let content = format!(
        "<p>One more step, and this address is yours here.</p>\n\
         <form method=\"post\" action=\"{CONFIRM}\">\n{}{}\
         <button type=\"submit\">Confirm my address</button>\n</form>",
        hidden("ticket", &link.token),
        hidden("token", &form_token(&site, "")),
    );
    Page::new("Confirm your address", content)
}

async fn confirm(
    State(site): State<Shared>,
    headers: HeaderMap,
    Params(form): Params<Form>,
) -> Result<Page, Failed> {
    check_form(&site, &headers, "", &form.token)?;
    accounts::confirm(&site.app, &form.ticket).await?;
    let content = "<p>Your address is confirmed.</p>\n<p><a href=\"/\">Go to SocioSphere</a></p>";
    Ok(Page::new("Welcome", content.to_owned()))
}

async fn show_reset(State(site): State<Shared>, Params(link): Params<Link>) -> Page {
    password_form(&site, &link.token, None)
}

fn password_form(site: &Shared, ticket: &str, wrong: Option<&str>) -> Page {
    let wrong = wrong.map_or_else(String::new, |why| {
        format!("<p class=\"wrong\" role=\"alert\">{}</p>\n", escape(why))
    });
    let content = format!(
        "{wrong}<form method=\"post\" action=\"{RESET}\">\n{}{}\
         <label for=\"password\">New password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"new-password\" \
         minlength=\"8\" required>\n<button type=\"submit\">Set password</button>\n</form>",
        hidden("ticket", ticket),
        hidden("token", &form_token(site, "")),
    );
    Page::new("Set a new password", content)
}

async fn reset(
    State(site): State<Shared>,
    headers: HeaderMap,
    Params(form): Params<Form>,
) -> Result<Response, Failed> {
    check_form(&site, &headers, "", &form.token)?;
    match accounts::reset_password(&site.app, &form.ticket, &form.password).await {
        Ok(_) => {}
        Err(error @ RecoverError::Password(_)) => {
            let page = password_form(&site, &form.ticket, Some(&error.to_string()));
            return Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).into_response());
        }
        Err(error) => return Err(error.into()),
    }
    let content = "<p>Your password is set. Everything that was signed in must sign in again.</p>\n\
         <p><a href=\"/sign-in\">Sign in</a></p>";
    Ok(Page::new("Done", content.to_owned()).into_response())
}
