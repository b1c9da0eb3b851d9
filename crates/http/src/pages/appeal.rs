//! The link in the mail of a decision: who is suspended cannot sign in, and may say something against it all the same.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;
use social::moderation::{self, ModerationError};

use super::{Failed, Page, escape, hidden};
use crate::{
    Shared,
    body::Params,
    cookies::{check_form, form_token},
    limits::Bucket,
    routes::{Access, Operation, get, post},
};

const APPEAL: &str = "/auth/appeal";

pub fn operations() -> Vec<Operation> {
    vec![
        get("appealPage", APPEAL, Access::Open)
            .says("pages", "Shows a decision of staff, and asks what is to be said against it")
            .takes::<Link>()
            .to(show),
        post("appealForm", APPEAL, Access::Open)
            .says("pages", "Appeals against a decision of staff")
            .limited(Bucket::Appeal)
            .takes::<Form>()
            .to(appeal),
    ]
}

/// A link from a mail.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Link {
    /// Its secret.
    token: String,
}

/// What the button sends.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Form {
    /// The link's secret.
    ticket: String,
    /// Proof that the form is ours.
    token: String,
    /// What is said against the decision.
    #[schemars(length(max = 2000))]
    text: String,
}

async fn show(State(site): State<Shared>, Params(link): Params<Link>) -> Result<Page, Failed> {
    form(&site, &link.token, None).await
}

async fn form(site: &Shared, ticket: &str, wrong: Option<&str>) -> Result<Page, Failed> {
    let decision = moderation::decision_of_link(&site.app, ticket).await?;
    if decision.appeal.is_some() {
        let content = "<p>Your appeal has reached us. Somebody else will look at it, and you get a \
             mail.</p>";
        return Ok(Page::new("Your appeal", content.to_owned()));
    }
    let wrong = wrong.map_or_else(String::new, |why| {
        format!("<p class=\"wrong\" role=\"alert\">{}</p>\n", escape(why))
    });
    let content = format!(
        "<p>{}</p>\n{wrong}<form method=\"post\" action=\"{APPEAL}\">\n{}{}\
         <label for=\"text\">Why is this wrong?</label>\n\
         <textarea id=\"text\" name=\"text\" rows=\"8\" maxlength=\"2000\" required></textarea>\n\
         <button type=\"submit\">Let somebody else look at it</button>\n</form>",
        escape(&decision.to_account).replace('\n', "<br>"),
        hidden("ticket", ticket),
        hidden("token", &form_token(site, "")),
    );
    Ok(Page::new("Appeal", content))
}

async fn appeal(
    State(site): State<Shared>,
    headers: HeaderMap,
    Params(sent): Params<Form>,
) -> Result<Response, Failed> {
    check_form(&site, &headers, "", &sent.token)?;
    match moderation::appeal_by_link(&site.app, &sent.ticket, &sent.text).await {
        Ok(_) | Err(ModerationError::Decided) => {
            Ok(form(&site, &sent.ticket, None).await?.into_response())
        }
        Err(error @ (ModerationError::Text | ModerationError::TooLate)) => {
            let page = form(&site, &sent.ticket, Some(&error.to_string())).await?;
            Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
