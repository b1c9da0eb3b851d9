//! Apps: OAuth clients, authorization codes and opaque tokens (RFC 6749, RFC 7636, RFC 9700).

pub mod model;

mod scopes;
pub use scopes::{KNOWN as SCOPES, Scopes, UnknownScope};

mod register;
pub use register::{NewApp, RegisterError, authenticate, find, register};

mod authorize;
pub use authorize::{AuthorizeError, AuthorizeRequest, Consent, check_request, consent};

mod tokens;
pub use tokens::{
    CheckedToken, GrantError, IssuedToken, TokenCache, check_token, client_credentials, exchange,
    forget_tokens, issue, password_grant, revoke, revoke_token, sweep,
};

#[cfg(test)]
mod tests;
