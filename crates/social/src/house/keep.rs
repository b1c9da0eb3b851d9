//! Reading and changing the house.

use std::collections::HashSet;

use graph::{Batch, CommitError, Stored};

use super::model::{HOUSE, House, Rule, Text};
use crate::{
    app::App,
    audit::{
        self, Note,
        model::{Act, Subject, SubjectKind},
    },
    fault::Fault,
    staff::{Permission, Powers},
    text::{Handle, plain_block, plain_line},
};

/// Most rules.
const MOST_RULES: usize = 50;
/// Most characters of a rule, of its hint, and of a text.
const MOST: usize = 1_000;
/// Most reserved handles.
const MOST_HANDLES: usize = 1_000;

/// Why the house was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HouseError {
    /// Who asks may not.
    #[error("your role does not allow this")]
    NotAllowed,
    /// A rule.
    #[error("a rule has 1 to 1000 characters, and there are at most 50")]
    Rule,
    /// A text.
    #[error("a text has at most 1000 characters")]
    Text,
    /// The community's name.
    #[error("a name has at most 60 characters")]
    Title,
    /// Its description.
    #[error("a description has at most 1000 characters")]
    Description,
    /// Its address.
    #[error("this is no address of mail")]
    Contact,
    /// A handle.
    #[error("{0} is no handle; at most 1000 are reserved")]
    Handle(String),
    /// See [`Fault`].
    #[error(transparent)]
    Fault(Fault),
}

impl<E> From<E> for HouseError
where
    Fault: From<E>,
{
    fn from(error: E) -> HouseError {
        HouseError::Fault(error.into())
    }
}

/// The house as it is.
pub async fn house(app: &App) -> Result<House, Fault> {
    Ok(read(app).await?.1)
}

async fn read(app: &App) -> Result<(Option<std::sync::Arc<Stored<House>>>, House), Fault> {
    let stored = app.graph.get(HOUSE).await?;
    let house = match &stored {
        Some(house) => house.body.clone(),
        None => {
            let rules = app.settings.rules.iter().zip(1..);
            let rules: Vec<_> = rules
                .map(|(text, id)| Rule { id, text: text.clone(), hint: String::new() })
                .collect();
            House { next_rule: rules.len() as u64 + 1, rules, ..House::default() }
        }
    };
    Ok((stored, house))
}

/// Sets the rules, in order: those with the number of one that is there change it, others (0) are new.
pub async fn edit_rules(
    app: &App,
    by: &Powers,
    rules: Vec<Rule>,
    reason: &str,
) -> Result<House, HouseError> {
    if rules.len() > MOST_RULES {
        return Err(HouseError::Rule);
    }
    let clean = |rule: &Rule| {
        let text = plain_line(&rule.text, MOST).ok().filter(|text| !text.is_empty())?;
        Some(Rule { id: rule.id, text, hint: plain_block(&rule.hint, MOST).ok()? })
    };
    let rules: Vec<_> = rules.iter().map(clean).collect::<Option<_>>().ok_or(HouseError::Rule)?;
    let told = |house: &House| {
        house.rules.iter().map(|rule| format!("{}. {}", rule.id, rule.text)).collect::<Vec<_>>()
    };
    change(app, by, Permission::ManageRules, Act::EditRules, reason, told, |house| {
        let known: HashSet<u64> = house.rules.iter().map(|rule| rule.id).collect();
        let mut seen = HashSet::new();
        house.rules = rules.clone();
        for rule in &mut house.rules {
            if !known.contains(&rule.id) || !seen.insert(rule.id) {
                rule.id = house.next_rule;
                house.next_rule += 1;
            }
        }
    })
    .await
}

/// Sets a text; an empty one is the usual one again.
pub async fn edit_text(
    app: &App,
    by: &Powers,
    which: Text,
    words: &str,
    reason: &str,
) -> Result<House, HouseError> {
    let words = plain_block(words, MOST).map_err(|_| HouseError::Text)?;
    let told = |house: &House| vec![format!("{}: {}", which.as_str(), house.text(which))];
    change(app, by, Permission::ManageRules, Act::EditTexts, reason, told, |house| {
        house.texts.retain(|(text, _)| *text != which);
        if !words.is_empty() {
            house.texts.push((which, words.clone()));
        }
    })
    .await
}

/// Sets the handles that nobody may take at sign-up, beside those that are always reserved.
pub async fn edit_handles(
    app: &App,
    by: &Powers,
    handles: &[String],
    reason: &str,
) -> Result<House, HouseError> {
    if handles.len() > MOST_HANDLES {
        return Err(HouseError::Handle(format!("the {}th", MOST_HANDLES + 1)));
    }
    let mut clean = Vec::with_capacity(handles.len());
    for typed in handles {
        let handle = Handle::parse(typed.trim().trim_start_matches('@'))
            .map_err(|_| HouseError::Handle(typed.chars().take(30).collect()))?;
        clean.push(handle.as_str().to_owned());
    }
    clean.sort_unstable();
    clean.dedup();
    let told = |house: &House| house.handles.clone();
    change(app, by, Permission::ManageBlocks, Act::EditHandles, reason, told, |house| {
        house.handles.clone_from(&clean);
    })
    .await
}

pub(super) async fn change(
    app: &App,
    by: &Powers,
    needs: Permission,
    act: Act,
    reason: &str,
    told: impl Fn(&House) -> Vec<String>,
    change: impl Fn(&mut House),
) -> Result<House, HouseError> {
    if !by.may(needs) {
        return Err(HouseError::NotAllowed);
    }
    for _ in 0..5 {
        let (stored, before) = read(app).await?;
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return Ok(after);
        }
        let mut batch = Batch::new();
        match &stored {
            Some(stored) => batch.replace(stored, &after),
            None => batch.create(HOUSE, &after),
        };
        let on = Subject { kind: SubjectKind::House, id: HOUSE.raw() };
        let (before, now) = (told(&before).join("\n"), told(&after).join("\n"));
        let note = Note { by: by.account, act, on, reason, before, after: now };
        audit::record(app, &mut batch, note).await?;
        match app.graph.commit(batch).await {
            Ok(_) => return Ok(after),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(HouseError::Fault(Fault::Busy))
}
