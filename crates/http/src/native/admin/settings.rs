//! What the community is called and how one joins, as far as staff may change it while it runs.

use axum::extract::State;
use http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    app::Registrations,
    house::{self, Community, Edit},
    staff::Permission,
};

use super::TAG;
use crate::{
    Shared,
    auth::{Person, Staff, proven},
    body::Params,
    problem::Problem,
    routes::{Access, Operation, get, patch},
    views::{Rendered, bytes},
};

const SETTINGS: &str = "/api/sociosphere/v1/admin/settings";

pub fn operations() -> Vec<Operation> {
    let of = |scope| Access::Staff(scope, Permission::ManageSettings);
    vec![
        get("getSettings", SETTINGS, of("admin:read"))
            .says(TAG, "What the community is called, and how one joins")
            .answers::<SettingsView>()
            .to(read),
        patch("patchSettings", SETTINGS, of("admin:write"))
            .says(TAG, "Changes that; how one joins needs the password again")
            .takes::<Form>()
            .answers::<SettingsView>()
            .to(change),
    ]
}

/// The settings.
#[derive(Debug, Serialize, JsonSchema)]
struct SettingsView {
    /// Name of the community.
    title: SettingView,
    /// A sentence about it.
    description: SettingView,
    /// Whom to write to.
    contact_email: SettingView,
    /// `open`, `approval`, `invite` or `closed`.
    registrations: SettingView,
    /// How many people who do not know one can be written to in an hour; 0 is no limit.
    strangers_per_hour: SettingView,
}

/// A setting.
#[derive(Debug, Serialize, JsonSchema)]
struct SettingView {
    /// As it is now.
    value: String,
    /// As the operator set it.
    usual: String,
    /// Whether staff changed it.
    changed: bool,
}

fn view(site: &Shared, now: &Community) -> Rendered {
    let (set, changes) = (&site.app.settings, &now.changes);
    let one = |value: &str, usual: &str, changed: bool| SettingView {
        value: value.to_owned(),
        usual: usual.to_owned(),
        changed,
    };
    Rendered(bytes(&SettingsView {
        title: one(&now.title, &set.title, changes.title.is_some()),
        description: one(&now.description, &set.description, changes.description.is_some()),
        contact_email: one(&now.contact_email, &set.contact_email, changes.contact_email.is_some()),
        registrations: one(
            now.registrations.as_str(),
            set.registrations.as_str(),
            changes.registrations.is_some(),
        ),
        strangers_per_hour: one(
            &now.strangers_per_hour.to_string(),
            &set.strangers_per_hour.to_string(),
            changes.strangers_per_hour.is_some(),
        ),
    }))
}

async fn read(State(site): State<Shared>) -> Result<Rendered, Problem> {
    Ok(view(&site, &house::community(&site.app).await?))
}

/// What is to change; an empty text is as the operator set it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Form {
    /// Name of the community.
    #[schemars(length(max = 60))]
    title: Option<String>,
    /// A sentence about it.
    #[schemars(length(max = 1000))]
    description: Option<String>,
    /// Whom to write to.
    #[schemars(length(max = 254))]
    contact_email: Option<String>,
    /// `usual` is as the operator set it.
    #[schemars(extend("enum" = ["open", "approval", "invite", "closed", "usual"]))]
    registrations: Option<String>,
    /// How many people who do not know one can be written to in an hour, at most 10000; 0 is no limit.
    #[schemars(length(max = 5))]
    strangers_per_hour: Option<String>,
    /// For the audit log.
    #[schemars(length(max = 1000))]
    reason: String,
}

async fn change(
    State(site): State<Shared>,
    Staff(by): Staff,
    person: Person,
    headers: HeaderMap,
    Params(form): Params<Form>,
) -> Result<Rendered, Problem> {
    let registrations = match form.registrations.as_deref() {
        None => None,
        Some("" | "usual") => Some(None),
        Some(word) => {
            let known = Registrations::ALL.into_iter().find(|one| one.as_str() == word);
            Some(Some(known.ok_or_else(|| Problem::field("registrations", "is not one of ours"))?))
        }
    };
    let strangers_per_hour = match form.strangers_per_hour.as_deref().map(str::trim) {
        None => None,
        Some("") => Some(None),
        Some(text) => {
            let number = text.parse().ok().filter(|number| *number <= 10_000);
            let wrong = || Problem::field("strangers_per_hour", "must be a number from 0 to 10000");
            Some(Some(number.ok_or_else(wrong)?))
        }
    };
    if registrations.is_some() {
        proven(&site, &person, &headers).await?;
    }
    let edit = Edit {
        title: form.title,
        description: form.description,
        contact_email: form.contact_email,
        registrations,
        strangers_per_hour,
    };
    let now = house::edit_community(&site.app, &by, &edit, &form.reason).await?;
    Ok(view(&site, &now))
}
