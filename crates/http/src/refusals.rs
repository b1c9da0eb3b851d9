//! How the product's refusals are told to clients: one place, exhaustive, so that no verb's error goes out as text by
//! accident.

use social::{
    accounts::{DeleteAccountError, FieldCode, FieldError, RecoverError, Refusal, SignUpError},
    announcements::AnnouncementError,
    apps::{GrantError, RegisterError},
    chats::ChatError,
    desk::DeskError,
    fault::Fault,
    gates::GateError,
    house::HouseError,
    logs::LogError,
    mails::LinkError,
    media::MediaError,
    moderation::{ModerationError, ReportError},
    posts::{DeleteError, DraftError, EditError, PublishError},
    profiles::ProfileError,
    push::SubscribeError,
    reactions::ReactionError,
    relations::RelationError,
    search::ListError,
    sessions::{RefreshError, SignInError, passwords::Busy},
    staff::RoleError,
    suggestions::SuggestError,
    timelines::MarkerError,
    trends::ReviewError,
};

use crate::problem::{Code, Problem, WrongField};

impl From<DraftError> for Problem {
    fn from(error: DraftError) -> Problem {
        let field = match error {
            DraftError::Empty | DraftError::Text(_) | DraftError::TooLong { .. } => "status",
            DraftError::Warning => "spoiler_text",
            DraftError::Language => "language",
            DraftError::Media | DraftError::MediaNotReady | DraftError::MediaMix => "media_ids",
        };
        Problem::invalid(&error.to_string()).about(field)
    }
}

impl From<SubscribeError> for Problem {
    fn from(error: SubscribeError) -> Problem {
        let field = match error {
            SubscribeError::Endpoint(_) => "subscription[endpoint]",
            SubscribeError::Key => "subscription[keys][p256dh]",
            SubscribeError::Auth => "subscription[keys][auth]",
            SubscribeError::Fault(fault) => return fault.into(),
        };
        Problem::invalid(&error.to_string()).about(field)
    }
}

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Problem {
        match error {
            LinkError::Invalid => Problem::new(Code::NotFound, &error.to_string()),
            LinkError::Fault(fault) => fault.into(),
        }
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Problem {
        match error {
            PublishError::Draft(error) => error.into(),
            PublishError::NoParent => Problem::new(Code::NotFound, &error.to_string()),
            PublishError::KeyReused => Problem::invalid(&error.to_string()),
            PublishError::Fault(fault) => fault.into(),
        }
    }
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Problem {
        match error {
            EditError::NotFound => Problem::not_found(),
            EditError::Draft(error) => error.into(),
            EditError::Fault(fault) => fault.into(),
        }
    }
}

impl From<DeleteError> for Problem {
    fn from(error: DeleteError) -> Problem {
        match error {
            DeleteError::NotFound => Problem::not_found(),
            DeleteError::Fault(fault) => fault.into(),
        }
    }
}

impl From<ReactionError> for Problem {
    fn from(error: ReactionError) -> Problem {
        match error {
            ReactionError::NotFound => Problem::not_found(),
            ReactionError::NotShareable => Problem::new(Code::Forbidden, &error.to_string()),
            ReactionError::NotYours | ReactionError::NotPinnable | ReactionError::TooManyPins => {
                Problem::invalid(&error.to_string())
            }
            ReactionError::Fault(fault) => fault.into(),
        }
    }
}

impl From<RelationError> for Problem {
    fn from(error: RelationError) -> Problem {
        match error {
            RelationError::NotFound | RelationError::NoRequest => Problem::not_found(),
            RelationError::Yourself | RelationError::Refused => {
                Problem::new(Code::Forbidden, "This action is not allowed")
            }
            RelationError::NoteTooLong => Problem::invalid(&error.to_string()).about("comment"),
            RelationError::Fault(fault) => fault.into(),
        }
    }
}

impl From<MarkerError> for Problem {
    fn from(error: MarkerError) -> Problem {
        match error {
            MarkerError::UnknownTimeline => Problem::invalid(&error.to_string()),
            MarkerError::Fault(fault) => fault.into(),
        }
    }
}

impl From<MediaError> for Problem {
    fn from(error: MediaError) -> Problem {
        match error {
            MediaError::TooLarge { .. } => Problem::new(Code::TooLarge, &error.to_string()),
            MediaError::File(_) => Problem::invalid(&error.to_string()).about("file"),
            MediaError::Quota => Problem::invalid(&error.to_string()).about("file"),
            MediaError::Description(_) => Problem::invalid(&error.to_string()).about("description"),
            MediaError::NotFound => Problem::not_found(),
            MediaError::InUse => Problem::invalid(&error.to_string()),
            MediaError::Fault(fault) => fault.into(),
        }
    }
}

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Problem {
        match error {
            ProfileError::Fields(wrong) => {
                let text = format!(
                    "Validation failed: {}",
                    wrong.iter().map(|(_, why)| why.as_str()).collect::<Vec<_>>().join(", ")
                );
                let fields = wrong.into_iter().map(|(field, detail)| WrongField {
                    field: field.to_owned(),
                    code: "ERR_INVALID",
                    detail,
                });
                Problem::new(Code::Invalid, &text).with_fields(fields.collect())
            }
            ProfileError::Picture(error) => error.into(),
            ProfileError::Fault(fault) => fault.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        match refusal {
            Refusal::Gone => Problem::of(Code::InvalidToken),
            Refusal::Suspended => Problem::of(Code::Disabled),
            Refusal::Pending => Problem::of(Code::Pending),
            Refusal::Unconfirmed => Problem::of(Code::Unconfirmed),
            Refusal::Fault(fault) => fault.into(),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Problem {
        match error {
            SignInError::Wrong => Problem::of(Code::WrongCredentials),
            SignInError::Refused(refusal) => refusal.into(),
            SignInError::Busy(busy) => crowded(busy),
            SignInError::Fault(fault) => fault.into(),
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Problem {
        match error {
            RefreshError::Ended => Problem::of(Code::SignInRequired),
            RefreshError::Refused(refusal) => refusal.into(),
            RefreshError::Fault(fault) => fault.into(),
        }
    }
}

impl From<SignUpError> for Problem {
    fn from(error: SignUpError) -> Problem {
        match error {
            SignUpError::Fields(wrong) => Problem::fields(wrong.into_iter().map(told).collect()),
            SignUpError::Closed => Problem::new(Code::Forbidden, &error.to_string()),
            SignUpError::OwnerLink => Problem::new(Code::NotFound, &error.to_string()),
            SignUpError::Busy(busy) => crowded(busy),
            SignUpError::Fault(fault) => fault.into(),
        }
    }
}

/// Mastodon's words for what is wrong with a field of a sign-up.
fn told(wrong: FieldError) -> WrongField {
    let code = match wrong.code {
        FieldCode::Blank => "ERR_BLANK",
        FieldCode::Invalid => "ERR_INVALID",
        FieldCode::Taken => "ERR_TAKEN",
        FieldCode::Reserved => "ERR_RESERVED",
        FieldCode::TooShort => "ERR_TOO_SHORT",
        FieldCode::TooLong => "ERR_TOO_LONG",
        FieldCode::Accepted => "ERR_ACCEPTED",
        FieldCode::Blocked => "ERR_BLOCKED",
    };
    WrongField { field: wrong.field.to_owned(), code, detail: wrong.text }
}

impl From<RecoverError> for Problem {
    fn from(error: RecoverError) -> Problem {
        match error {
            RecoverError::Link => Problem::new(Code::NotFound, &error.to_string()),
            // 422, not 401: the access token is good, so a client must not throw it away.
            RecoverError::WrongPassword => Problem::invalid(&error.to_string()).about("current"),
            RecoverError::Password(_) => Problem::invalid(&error.to_string()).about("password"),
            RecoverError::Email | RecoverError::EmailTaken => {
                Problem::invalid(&error.to_string()).about("email")
            }
            RecoverError::Busy(busy) => crowded(busy),
            RecoverError::Fault(fault) => fault.into(),
        }
    }
}

impl From<DeleteAccountError> for Problem {
    fn from(error: DeleteAccountError) -> Problem {
        match error {
            DeleteAccountError::Password(error) => error.into(),
            DeleteAccountError::LastOwner => Problem::new(Code::Conflict, &error.to_string()),
            DeleteAccountError::Fault(fault) => fault.into(),
        }
    }
}

/// So many passwords are checked at this moment that one more would wait too long (D-13).
fn crowded(busy: Busy) -> Problem {
    Problem::new(Code::Unavailable, &busy.to_string()).retry_after(2)
}

impl From<GrantError> for Problem {
    fn from(error: GrantError) -> Problem {
        let code = match error {
            GrantError::InvalidClient => Code::InvalidClient,
            GrantError::InvalidGrant => Code::InvalidGrant,
            GrantError::InvalidScope => Code::InvalidScope,
            GrantError::UnsupportedGrant => Code::UnsupportedGrantType,
            GrantError::Unauthorized => Code::UnauthorizedClient,
            GrantError::SignIn(error) => return error.into(),
            GrantError::Fault(fault) => return fault.into(),
        };
        Problem::new(code, &error.to_string())
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Problem {
        let field = match error {
            RegisterError::Name => "client_name",
            RegisterError::RedirectUri => "redirect_uris",
            RegisterError::Website => "website",
            RegisterError::Scopes => "scopes",
            RegisterError::Fault(fault) => return fault.into(),
        };
        Problem::new(Code::Invalid, &error.to_string()).about(field)
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Problem {
        let field = match error {
            ReportError::NotFound => return Problem::not_found(),
            ReportError::Fault(fault) => return fault.into(),
            ReportError::Yourself => "account_id",
            ReportError::TooManyPosts => "status_ids",
            ReportError::TooManyMessages => "message_ids",
            ReportError::Comment => "comment",
            ReportError::Rule => "rule_ids",
        };
        Problem::invalid(&error.to_string()).about(field)
    }
}

impl From<ModerationError> for Problem {
    fn from(error: ModerationError) -> Problem {
        let code = match error {
            ModerationError::NotFound => return Problem::not_found(),
            ModerationError::Fault(fault) => return fault.into(),
            ModerationError::NotAllowed
            | ModerationError::Above
            | ModerationError::LastOwner
            | ModerationError::SamePerson => Code::Forbidden,
            ModerationError::Decided
            | ModerationError::Claimed
            | ModerationError::TooLate
            | ModerationError::Standing => Code::Conflict,
            ModerationError::Measures => {
                return Problem::invalid(&error.to_string()).about("measures");
            }
            ModerationError::Posts => {
                return Problem::invalid(&error.to_string()).about("post_ids");
            }
            ModerationError::Messages => {
                return Problem::invalid(&error.to_string()).about("message_ids");
            }
            ModerationError::Text => return Problem::invalid(&error.to_string()).about("text"),
        };
        Problem::new(code, &error.to_string())
    }
}

impl From<RoleError> for Problem {
    fn from(error: RoleError) -> Problem {
        let field = match error {
            RoleError::NotFound => return Problem::not_found(),
            RoleError::Fault(fault) => return fault.into(),
            RoleError::Above => return Problem::new(Code::Forbidden, &error.to_string()),
            RoleError::LastOwner | RoleError::TooMany => {
                return Problem::new(Code::Conflict, &error.to_string());
            }
            RoleError::Name => "name",
            RoleError::Color => "color",
            RoleError::Rank => "rank",
        };
        Problem::invalid(&error.to_string()).about(field)
    }
}

impl From<HouseError> for Problem {
    fn from(error: HouseError) -> Problem {
        let field = match error {
            HouseError::Fault(fault) => return fault.into(),
            HouseError::NotAllowed => return Problem::new(Code::Forbidden, &error.to_string()),
            HouseError::Rule => "rules",
            HouseError::Text => "text",
            HouseError::Handle(_) => "handles",
            HouseError::Title => "title",
            HouseError::Description => "description",
            HouseError::Contact => "contact_email",
        };
        Problem::invalid(&error.to_string()).about(field)
    }
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Problem {
        match error {
            ListError::Cursor => Problem::of(Code::InvalidCursor),
            ListError::Fault(fault) => fault.into(),
        }
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Problem {
        match error {
            LogError::Cursor => Problem::of(Code::InvalidCursor),
            LogError::Unavailable(why) => Fault::Unavailable(why).into(),
        }
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Problem {
        match error {
            DeskError::NotAllowed => Problem::new(Code::Forbidden, &error.to_string()),
            DeskError::NotFound => Problem::not_found(),
            DeskError::Fault(fault) => fault.into(),
        }
    }
}

impl From<AnnouncementError> for Problem {
    fn from(error: AnnouncementError) -> Problem {
        let field = match error {
            AnnouncementError::NotFound => return Problem::not_found(),
            AnnouncementError::Fault(fault) => return fault.into(),
            AnnouncementError::NotAllowed => {
                return Problem::new(Code::Forbidden, &error.to_string());
            }
            AnnouncementError::Text => "text",
            AnnouncementError::Times => "ends_at",
            AnnouncementError::Emoji | AnnouncementError::TooMany => "name",
        };
        Problem::invalid(&error.to_string()).about(field)
    }
}

impl From<ChatError> for Problem {
    fn from(error: ChatError) -> Problem {
        let field = match error {
            ChatError::NotFound => return Problem::not_found(),
            ChatError::Fault(fault) => return fault.into(),
            ChatError::NotAllowed
            | ChatError::Refused
            | ChatError::Waiting
            | ChatError::NotAccepted => return Problem::new(Code::Forbidden, &error.to_string()),
            ChatError::TooManyStrangers { retry_after_s } => {
                let problem = Problem::new(Code::TooMany, &error.to_string());
                return problem.retry_after(retry_after_s);
            }
            ChatError::NotAGroup => return Problem::new(Code::Conflict, &error.to_string()),
            ChatError::TooMany { .. } => "account_ids",
            ChatError::Name => "name",
            ChatError::Role => "role",
            ChatError::Empty | ChatError::Text(_) | ChatError::TooLong { .. } => "text",
            ChatError::Media | ChatError::MediaNotReady | ChatError::TooManyMedia { .. } => {
                "media_ids"
            }
            ChatError::Picture => "picture_id",
            ChatError::ClientId | ChatError::KeyReused => "client_id",
            ChatError::Emoji | ChatError::TooManyReactions { .. } => "emoji",
        };
        Problem::invalid(&error.to_string()).about(field)
    }
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Problem {
        match error {
            ReviewError::Fault(fault) => fault.into(),
            ReviewError::NotAllowed => Problem::new(Code::Forbidden, &error.to_string()),
            ReviewError::NotFound => Problem::not_found(),
        }
    }
}

impl From<SuggestError> for Problem {
    fn from(error: SuggestError) -> Problem {
        match error {
            SuggestError::Fault(fault) => fault.into(),
            SuggestError::NotFound => Problem::not_found(),
        }
    }
}

impl From<GateError> for Problem {
    fn from(error: GateError) -> Problem {
        let field = match error {
            GateError::NotFound => return Problem::not_found(),
            GateError::Fault(fault) => return fault.into(),
            GateError::NotAllowed => return Problem::new(Code::Forbidden, &error.to_string()),
            GateError::Taken | GateError::TooMany => {
                return Problem::new(Code::Conflict, &error.to_string());
            }
            GateError::Domain => "domain",
            GateError::Range(_) => "ip",
            GateError::Comment => "comment",
        };
        Problem::invalid(&error.to_string()).about(field)
    }
}
