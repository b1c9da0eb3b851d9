//! Rules, texts, reserved handles.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    house::{
        self,
        model::{House, Rule, Text},
    },
    staff::Permission,
};

use super::TAG;
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    mastodon::PathWord,
    problem::Problem,
    routes::{Access, Operation, get, put},
    views::{Rendered, bytes},
};

pub fn operations() -> Vec<Operation> {
    let rules = |scope| Access::Staff(scope, Permission::ManageRules);
    let blocks = Access::Staff("admin:write", Permission::ManageBlocks);
    vec![
        get("getHouse", "/api/sociosphere/v1/admin/house", rules("admin:read"))
            .says(TAG, "Rules, texts and reserved handles")
            .answers::<HouseView>()
            .to(read),
        put("putRules", "/api/sociosphere/v1/admin/house/rules", rules("admin:write"))
            .says(TAG, "Sets the rules, in order")
            .takes::<RulesForm>()
            .answers::<HouseView>()
            .to(put_rules),
        put("putText", "/api/sociosphere/v1/admin/house/texts/{name}", rules("admin:write"))
            .says(TAG, "Sets a text that staff send; an empty one is the usual one again")
            .takes::<TextForm>()
            .answers::<HouseView>()
            .to(put_text),
        put("putReservedHandles", "/api/sociosphere/v1/admin/house/handles", blocks)
            .says(TAG, "Sets the handles that nobody may take")
            .takes::<HandlesForm>()
            .answers::<HouseView>()
            .to(put_handles),
    ]
}

/// What staff keep in order.
#[derive(Debug, Serialize, JsonSchema)]
struct HouseView {
    /// Rules, in order.
    rules: Vec<RuleView>,
    /// Texts that staff send.
    texts: Vec<TextView>,
    /// Handles that nobody may take.
    handles: Vec<String>,
}

/// A rule.
#[derive(Debug, Serialize, JsonSchema)]
struct RuleView {
    /// Number.
    id: String,
    /// In a sentence.
    text: String,
    /// In more words.
    hint: String,
}

/// A text.
#[derive(Debug, Serialize, JsonSchema)]
struct TextView {
    /// What it is for.
    name: &'static str,
    /// As it is sent.
    text: String,
    /// As it is sent where nobody changed it.
    usual: &'static str,
}

fn view(house: &House) -> Rendered {
    let rules = house.rules.iter();
    let texts = Text::ALL.iter();
    Rendered(bytes(&HouseView {
        rules: rules
            .map(|rule| RuleView {
                id: rule.id.to_string(),
                text: rule.text.clone(),
                hint: rule.hint.clone(),
            })
            .collect(),
        texts: texts
            .map(|text| TextView {
                name: text.as_str(),
                text: house.text(*text).to_owned(),
                usual: text.usual(),
            })
            .collect(),
        handles: house.handles.clone(),
    }))
}

async fn read(State(site): State<Shared>) -> Result<Rendered, Problem> {
    Ok(view(&house::house(&site.app).await?))
}

/// The rules as they are to be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RulesForm {
    /// In order.
    #[schemars(length(max = 50))]
    rules: Vec<RuleForm>,
    /// For the audit log.
    #[schemars(length(max = 1000))]
    reason: String,
}

/// A rule as it is to be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RuleForm {
    /// Number of the one that changes; none for a new one.
    id: Option<String>,
    /// In a sentence.
    #[schemars(length(max = 1000))]
    text: String,
    /// In more words.
    #[schemars(length(max = 1000))]
    hint: String,
}

async fn put_rules(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(form): Params<RulesForm>,
) -> Result<Rendered, Problem> {
    let rules = form.rules.into_iter().map(|rule| Rule {
        id: rule.id.and_then(|id| id.parse().ok()).unwrap_or(0),
        text: rule.text,
        hint: rule.hint,
    });
    Ok(view(&house::edit_rules(&site.app, &by, rules.collect(), &form.reason).await?))
}

/// A text as it is to be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct TextForm {
    /// The words.
    #[schemars(length(max = 1000))]
    text: String,
    /// For the audit log.
    #[schemars(length(max = 1000))]
    reason: String,
}

async fn put_text(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathWord(name): PathWord,
    Params(form): Params<TextForm>,
) -> Result<Rendered, Problem> {
    let which = Text::parse(&name).ok_or_else(Problem::not_found)?;
    Ok(view(&house::edit_text(&site.app, &by, which, &form.text, &form.reason).await?))
}

/// The reserved handles as they are to be.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct HandlesForm {
    /// All of them.
    #[schemars(length(max = 1000))]
    handles: Vec<String>,
    /// For the audit log.
    #[schemars(length(max = 1000))]
    reason: String,
}

async fn put_handles(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(form): Params<HandlesForm>,
) -> Result<Rendered, Problem> {
    Ok(view(&house::edit_handles(&site.app, &by, &form.handles, &form.reason).await?))
}
