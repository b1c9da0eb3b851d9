//! Schemas of what is written as plain JSON and not by a type of its own, for the OpenAPI document.

use schemars::{Schema, SchemaGenerator, json_schema};

/// `configuration` of both instances: what the web client and others read before they send.
pub fn configuration(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["statuses", "media_attachments"],
        "properties": {
            "statuses": {
                "type": "object",
                "required": ["max_characters", "max_media_attachments", "characters_reserved_per_url"],
                "properties": {
                    "max_characters": {"type": "integer"},
                    "max_media_attachments": {"type": "integer"},
                    "characters_reserved_per_url": {"type": "integer"},
                },
            },
            "media_attachments": {
                "type": "object",
                "required": [
                    "supported_mime_types", "description_limit", "image_size_limit", "video_size_limit",
                ],
                "properties": {
                    "supported_mime_types": {"type": "array", "items": {"type": "string"}},
                    "description_limit": {"type": "integer"},
                    "image_size_limit": {"type": "integer"},
                    "video_size_limit": {"type": "integer"},
                },
            },
            "sociosphere": {
                "type": "object",
                "properties": {"read_only": {"type": "boolean"}},
            },
        },
    })
}

/// `usage`.
pub fn usage(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["users"],
        "properties": {"users": {
            "type": "object",
            "required": ["active_month"],
            "properties": {"active_month": {"type": "integer"}},
        }},
    })
}

/// `thumbnail`.
pub fn thumbnail(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["url"],
        "properties": {"url": {"type": "string"}, "blurhash": {"type": ["string", "null"]}},
    })
}

/// `registrations`.
pub fn registrations(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["enabled", "approval_required", "message"],
        "properties": {
            "enabled": {"type": "boolean"},
            "approval_required": {"type": "boolean"},
            "reason_required": {"type": "boolean"},
            "message": {"type": ["string", "null"]},
        },
    })
}

/// `contact`.
pub fn contact(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "required": ["email"],
        "properties": {"email": {"type": "string"}},
    })
}

/// `rules`.
pub fn rules(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["id", "text", "hint"],
            "properties": {
                "id": {"type": "string"},
                "text": {"type": "string"},
                "hint": {"type": "string"},
            },
        },
    })
}

/// `meta` of media.
pub fn media_meta(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["object", "null"],
        "properties": {
            "original": {
                "type": "object",
                "properties": {
                    "width": {"type": "integer"},
                    "height": {"type": "integer"},
                    "aspect": {"type": "number"},
                    "duration": {"type": "number"},
                },
            },
            "small": {
                "type": "object",
                "properties": {
                    "width": {"type": "integer"},
                    "height": {"type": "integer"},
                    "aspect": {"type": "number"},
                },
            },
            "focus": {
                "type": "object",
                "required": ["x", "y"],
                "properties": {"x": {"type": "number"}, "y": {"type": "number"}},
            },
        },
    })
}
