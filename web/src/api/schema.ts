// The shapes the server answers with, as openapi-typescript writes them from the server's document at
// /api/sociosphere/v1/openapi.json. Only what the client reads is listed.

export interface components {
  schemas: {
    Account: {
      id: string;
      username: string;
      acct: string;
      display_name: string;
      locked: boolean;
      bot: boolean;
      discoverable: boolean | null;
      indexable: boolean;
      hide_collections: boolean | null;
      created_at: string;
      note: string;
      url: string;
      avatar: string;
      avatar_static: string;
      avatar_description?: string;
      header: string;
      header_static: string;
      followers_count: number;
      following_count: number;
      statuses_count: number;
      last_status_at: string | null;
      fields: components["schemas"]["Field"][];
      emojis: components["schemas"]["CustomEmoji"][];
      sociosphere?: { interests: string[] };
    };
    Field: { name: string; value: string; verified_at: string | null };
    CustomEmoji: { shortcode: string; url: string; static_url: string; visible_in_picker: boolean };
    CredentialAccount: components["schemas"]["Account"] & {
      source: {
        note: string;
        fields: components["schemas"]["Field"][];
        privacy: components["schemas"]["Visibility"];
        sensitive: boolean;
        language: string | null;
        follow_requests_count: number;
        hide_collections: boolean | null;
        discoverable: boolean | null;
        indexable: boolean;
        sociosphere?: { who_may_message: components["schemas"]["WhoMayMessage"] };
      };
    };
    Visibility: "public" | "unlisted" | "private" | "direct";
    WhoMayMessage: "everyone" | "following" | "nobody";
    Status: {
      id: string;
      created_at: string;
      edited_at: string | null;
      in_reply_to_id: string | null;
      in_reply_to_account_id: string | null;
      sensitive: boolean;
      spoiler_text: string;
      visibility: components["schemas"]["Visibility"];
      language: string | null;
      uri: string;
      url: string | null;
      replies_count: number;
      reblogs_count: number;
      favourites_count: number;
      content: string;
      reblog: components["schemas"]["Status"] | null;
      account: components["schemas"]["Account"];
      media_attachments: components["schemas"]["MediaAttachment"][];
      mentions: components["schemas"]["Mention"][];
      tags: { name: string; url: string }[];
      emojis: components["schemas"]["CustomEmoji"][];
      favourited?: boolean;
      reblogged?: boolean;
      muted?: boolean;
      bookmarked?: boolean;
      pinned?: boolean;
      text?: string;
    };
    Mention: { id: string; username: string; acct: string; url: string };
    MediaAttachment: {
      id: string;
      type: "image" | "video" | "gifv" | "audio" | "unknown";
      url: string | null;
      preview_url: string | null;
      description: string | null;
      blurhash: string | null;
      meta: {
        original?: { width?: number; height?: number; aspect?: number; duration?: number };
        small?: { width?: number; height?: number; aspect?: number };
        focus?: { x: number; y: number };
      } | null;
    };
    StatusSource: { id: string; text: string; spoiler_text: string };
    StatusEdit: {
      content: string;
      spoiler_text: string;
      sensitive: boolean;
      created_at: string;
      account: components["schemas"]["Account"];
      media_attachments: components["schemas"]["MediaAttachment"][];
      emojis: components["schemas"]["CustomEmoji"][];
    };
    Context: { ancestors: components["schemas"]["Status"][]; descendants: components["schemas"]["Status"][] };
    Relationship: {
      id: string;
      following: boolean;
      showing_reblogs: boolean;
      notifying: boolean;
      followed_by: boolean;
      blocking: boolean;
      blocked_by: boolean;
      muting: boolean;
      muting_notifications: boolean;
      requested: boolean;
      requested_by: boolean;
      domain_blocking: boolean;
      endorsed: boolean;
      note: string;
    };
    FamiliarFollowers: { id: string; accounts: components["schemas"]["Account"][] };
    Notification: {
      id: string;
      type: "mention" | "status" | "reblog" | "follow" | "follow_request" | "favourite" | "update";
      created_at: string;
      account: components["schemas"]["Account"];
      status?: components["schemas"]["Status"] | null;
    };
    Tag: {
      name: string;
      url: string;
      history?: { day: string; uses: string; accounts: string }[];
      following?: boolean;
    };
    Search: {
      accounts: components["schemas"]["Account"][];
      statuses: components["schemas"]["Status"][];
      hashtags: components["schemas"]["Tag"][];
    };
    Marker: { last_read_id: string; version: number; updated_at: string };
    Instance: {
      domain: string;
      title: string;
      version: string;
      description: string;
      thumbnail: { url: string; blurhash?: string | null } | null;
      usage: { users: { active_month: number } };
      configuration: {
        statuses: { max_characters: number; max_media_attachments: number };
        media_attachments: {
          supported_mime_types: string[];
          image_size_limit: number;
          video_size_limit: number;
          description_limit?: number;
        };
      };
      registrations: { enabled: boolean; approval_required: boolean; message: string | null };
      contact: { email: string; account: components["schemas"]["Account"] | null };
      rules: { id: string; text: string }[];
    };
    Session: {
      access_token: string;
      expires_in: number;
      account: components["schemas"]["CredentialAccount"];
    };
    SignUpPending: { state: "confirm_email" | "awaiting_approval" };
    Setup: { registrations: "open" | "approval" | "invite" | "closed"; confirm_email: boolean };
    Device: { id: string; name: string; created_at: string; last_used_at: string; current: boolean };
    Interest: { name: string; accounts_count: number };
    Problem: {
      type?: string;
      title: string;
      status: number;
      detail?: string;
      code: string;
      field?: string;
      errors?: { field: string; code: string; detail: string }[];
      request_id?: string;
    };
  };
}
