//! What was reported, as it was then, with its pictures.

use std::sync::Arc;

use graph::{Id, Stored};
use schemars::JsonSchema;
use serde::Serialize;
use social::{
    fault::Fault,
    media::{Variant, model::Media},
    moderation::{
        evidence_link,
        model::{self, Case, Report},
    },
    posts::{model::Post, see_one},
    staff::Powers,
};

use super::someone;
use crate::{
    Shared, format,
    views::{AdminAccount, visibility_of},
};

/// A report with its evidence.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ReportView {
    /// Id.
    id: String,
    /// Who reports; none once they are gone.
    by: Option<AdminAccount>,
    /// When.
    created_at: String,
    /// `spam`, `legal`, `violation` or `other`.
    category: &'static str,
    /// Rules that are broken, as they were.
    rules: Vec<String>,
    /// In words.
    comment: String,
    /// Posts as they were.
    evidence: Vec<EvidenceView>,
    /// Messages of a chat as they were: those that the reporter picked.
    messages: Vec<MessageView>,
}

/// A message of a chat as it was when it was reported.
#[derive(Debug, Serialize, JsonSchema)]
struct MessageView {
    /// Id of the message.
    message_id: String,
    /// Id of its chat.
    chat_id: String,
    /// Its place there.
    number: u64,
    /// Whether it is of whom the report is about; otherwise of the reporter.
    reported: bool,
    /// When this version was made.
    made_at: String,
    /// Text, HTML.
    content: String,
    /// Text as it was typed.
    text: String,
    /// What was attached.
    media: Vec<EvidenceMedia>,
    /// Whether the message is still there.
    exists: bool,
}

/// A post as it was when it was reported.
#[derive(Debug, Serialize, JsonSchema)]
struct EvidenceView {
    /// Id of the post.
    post_id: String,
    /// When this version was made.
    made_at: String,
    /// Text, HTML.
    content: String,
    /// Text as it was typed.
    text: String,
    /// Content warning.
    warning: String,
    /// Media was hidden at first.
    sensitive: bool,
    /// Whom it was for.
    #[schemars(extend("enum" = ["public", "unlisted", "private", "direct"]))]
    visibility: &'static str,
    /// What was attached.
    media: Vec<EvidenceMedia>,
    /// What it answered, as it is now, where everyone may see that.
    answers: Option<ParentView>,
    /// Whether the post is still there.
    exists: bool,
}

/// A media of a reported post.
#[derive(Debug, Serialize, JsonSchema)]
struct EvidenceMedia {
    /// Id.
    id: String,
    /// `image`, `gifv`, `video` or `audio`.
    #[schemars(extend("enum" = ["image", "video", "gifv", "audio"]))]
    r#type: &'static str,
    /// In full, for ten minutes and for who asks alone; none once it is gone.
    url: Option<String>,
    /// Small; the same.
    preview_url: Option<String>,
    /// Alternative text.
    description: String,
}

impl ReportView {
    /// Leads to no pictures.
    pub fn hide_pictures(&mut self) {
        let of_posts = self.evidence.iter_mut().flat_map(|one| &mut one.media);
        let of_messages = self.messages.iter_mut().flat_map(|one| &mut one.media);
        for picture in of_posts.chain(of_messages) {
            (picture.url, picture.preview_url) = (None, None);
        }
    }

    /// Whether it leads to pictures that not everybody may see.
    pub fn has_hidden_pictures(&self) -> bool {
        let hidden =
            |one: &&EvidenceView| !matches!(one.visibility, "public" | "unlisted") || !one.exists;
        let of_posts = self.evidence.iter().filter(hidden).flat_map(|one| &one.media);
        let mut pictures = of_posts.chain(self.messages.iter().flat_map(|one| &one.media));
        pictures.any(|picture| picture.url.is_some())
    }
}

/// What a reported post answered.
#[derive(Debug, Serialize, JsonSchema)]
struct ParentView {
    /// Id.
    id: String,
    /// Handle of its author.
    by: String,
    /// Text, HTML.
    content: String,
}

/// A report with its evidence, as this member of staff may see it.
pub(super) async fn report_of(
    site: &Shared,
    by: &Powers,
    report: &Stored<Report>,
) -> Result<ReportView, Fault> {
    let ids: Vec<Id<Post>> = report.evidence.iter().map(|evidence| evidence.post).collect();
    let now = site.app.graph.get_many(&ids).await?;
    let mut evidence = Vec::with_capacity(ids.len());
    for (one, now) in report.evidence.iter().zip(now) {
        // Only what anybody may read: what was for others is no evidence.
        let parent = match one.answers {
            Some(parent) => see_one(&site.app, None, parent).await?,
            None => None,
        };
        evidence.push(EvidenceView {
            post_id: one.post.to_string(),
            made_at: format::time(one.made_ms),
            content: site.html(&one.text),
            text: one.text.clone(),
            warning: one.warning.clone(),
            sensitive: one.sensitive,
            visibility: visibility_of(one.audience),
            media: pictures(site, by, report.case, &one.media).await?,
            answers: parent.map(|seen| ParentView {
                id: seen.post.id.to_string(),
                by: seen.author.handle.as_str().to_owned(),
                content: site.html(&seen.content().text),
            }),
            exists: now.is_some(),
        });
    }
    let ids: Vec<_> = report.messages.iter().map(|message| message.message).collect();
    let now = site.app.graph.get_many(&ids).await?;
    let mut messages = Vec::with_capacity(ids.len());
    for (one, now) in report.messages.iter().zip(now) {
        messages.push(MessageView {
            message_id: one.message.to_string(),
            chat_id: one.chat.to_string(),
            number: one.number,
            reported: one.author == report.about,
            made_at: format::time(one.made_ms),
            content: site.html(&one.text),
            text: one.text.clone(),
            media: pictures(site, by, report.case, &one.media).await?,
            exists: now.is_some_and(|message| message.deleted_ms.is_none()),
        });
    }
    Ok(ReportView {
        id: report.id.to_string(),
        by: someone(site, report.by).await?,
        created_at: format::time(report.id.ms()),
        category: report.category.as_str(),
        rules: report.rules.iter().map(|rule| rule.text.clone()).collect(),
        comment: report.comment.clone(),
        evidence,
        messages,
    })
}

async fn pictures(
    site: &Shared,
    by: &Powers,
    case: Id<Case>,
    evidence: &[model::EvidenceMedia],
) -> Result<Vec<EvidenceMedia>, Fault> {
    let ids: Vec<_> = evidence.iter().map(|one| one.media).collect();
    let known = site.app.graph.get_many(&ids).await?;
    let base = &site.app.settings.public_url;
    let picture = |(one, media): (&model::EvidenceMedia, Option<Arc<Stored<Media>>>)| {
        let link = |variant| {
            let path = evidence_link(&site.app, case, media.as_deref()?, variant, by.account?)?;
            Some(format!("{base}{path}"))
        };
        EvidenceMedia {
            id: one.media.to_string(),
            r#type: one.kind.as_str(),
            url: link(Variant::Original),
            preview_url: link(Variant::Small),
            description: one.description.clone(),
        }
    };
    Ok(evidence.iter().zip(known).map(picture).collect())
}
