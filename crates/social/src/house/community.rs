//! What the community is called and how one joins: the operator's settings, and what staff changed of them since.
//!
//! What runs reads them here, so a change counts at once, in every process.

use super::{
    keep::{HouseError, change, house},
    model::{Changes, House},
};
use crate::{
    accounts::is_email,
    app::{App, Registrations},
    audit::model::Act,
    fault::Fault,
    staff::{Permission, Powers},
    text::{plain_block, plain_line},
};

/// Most characters of the name, and of the description.
const MOST_TITLE: usize = 60;
const MOST_DESCRIPTION: usize = 1_000;

/// The community as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Community {
    /// Its name.
    pub title: String,
    /// A sentence about it.
    pub description: String,
    /// Whom to write to.
    pub contact_email: String,
    /// Who may sign up.
    pub registrations: Registrations,
    /// How many people who do not know one can be written to in an hour; 0 is no limit.
    pub strangers_per_hour: u32,
    /// What of this staff changed.
    pub changes: Changes,
}

/// The community as it is now.
pub async fn community(app: &App) -> Result<Community, Fault> {
    Ok(of(app, &house(app).await?))
}

fn of(app: &App, house: &House) -> Community {
    let (set, changes) = (&app.settings, house.community.clone());
    Community {
        title: changes.title.clone().unwrap_or_else(|| set.title.clone()),
        description: changes.description.clone().unwrap_or_else(|| set.description.clone()),
        contact_email: changes.contact_email.clone().unwrap_or_else(|| set.contact_email.clone()),
        registrations: changes.registrations.unwrap_or(set.registrations),
        strangers_per_hour: changes.strangers_per_hour.unwrap_or(set.strangers_per_hour),
        changes,
    }
}

/// What is to change; what is none stays. An empty text, no registrations, or no number, is as the operator set it.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The name.
    pub title: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// Whom to write to.
    pub contact_email: Option<String>,
    /// Who may sign up.
    pub registrations: Option<Option<Registrations>>,
    /// How many people who do not know one can be written to in an hour.
    pub strangers_per_hour: Option<Option<u32>>,
}

/// Changes what the community is.
pub async fn edit_community(
    app: &App,
    by: &Powers,
    edit: &Edit,
    reason: &str,
) -> Result<Community, HouseError> {
    let kept = |text: String| Some(text).filter(|text| !text.is_empty());
    let line = |text: &String| plain_line(text, MOST_TITLE).map_err(|_| HouseError::Title);
    let title = edit.title.as_ref().map(line).transpose()?.map(kept);
    let block =
        |text: &String| plain_block(text, MOST_DESCRIPTION).map_err(|_| HouseError::Description);
    let description = edit.description.as_ref().map(block).transpose()?.map(kept);
    let contact = edit.contact_email.as_ref().map(|text| text.trim().to_owned());
    if contact.as_ref().is_some_and(|text| !text.is_empty() && !is_email(text)) {
        return Err(HouseError::Contact);
    }
    let contact = contact.map(kept);
    let told = |house: &House| {
        let now = of(app, house);
        vec![
            format!("title: {}", now.title),
            format!("description: {}", now.description),
            format!("contact: {}", now.contact_email),
            format!("registrations: {}", now.registrations.as_str()),
            format!("strangers an hour: {}", now.strangers_per_hour),
        ]
    };
    let needs = Permission::ManageSettings;
    let house = change(app, by, needs, Act::EditSettings, reason, told, |house| {
        let changes = &mut house.community;
        if let Some(title) = &title {
            changes.title.clone_from(title);
        }
        if let Some(description) = &description {
            changes.description.clone_from(description);
        }
        if let Some(contact) = &contact {
            changes.contact_email.clone_from(contact);
        }
        if let Some(registrations) = edit.registrations {
            changes.registrations = registrations;
        }
        if let Some(strangers) = edit.strangers_per_hour {
            changes.strangers_per_hour = strangers;
        }
    })
    .await?;
    Ok(of(app, &house))
}
