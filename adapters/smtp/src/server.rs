//! The server and how to speak to it, from a URL.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, Tokio1Executor,
    transport::smtp::{
        PoolConfig,
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use percent_encoding::percent_decode_str;
use url::Url;

use crate::OpenError;

/// How long the server may think about one command.
const PATIENCE: Duration = Duration::from_secs(15);

/// A server, and what is known of it before anybody has spoken.
pub(crate) struct Server {
    pub(crate) transport: AsyncSmtpTransport<Tokio1Executor>,
    pub(crate) place: (String, u16),
    pub(crate) wrapped: bool,
    pub(crate) plain: bool,
}

pub(crate) fn open(url: &str, our_name: &str) -> Result<Server, OpenError> {
    let url = Url::parse(url).map_err(|_| OpenError::Url("it does not parse"))?;
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or(OpenError::Url("it names no host"))?;
    let host = host.trim_matches(['[', ']']);
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(OpenError::Url("it goes on after the host"));
    }
    let mut wish = None;
    for (name, value) in url.query_pairs() {
        match (&*name, &*value) {
            ("tls", "required" | "none") => wish = Some(value.into_owned()),
            _ => return Err(OpenError::Url("the only option is tls=required or tls=none")),
        }
    }
    let has_password = !url.username().is_empty();
    let parameters =
        || TlsParameters::new(host.to_owned()).map_err(|error| OpenError::Tls(error.to_string()));
    let (tls, port) = match (url.scheme(), wish.as_deref()) {
        ("smtps", Some("none")) => {
            return Err(OpenError::Url("smtps:// and tls=none exclude each other"));
        }
        ("smtps", _) => (Tls::Wrapper(parameters()?), 465),
        ("smtp", Some("none")) => (Tls::None, 25),
        // A password does not go over an open line because someone in between hid the offer.
        ("smtp", wish) if has_password || wish.is_some() => (Tls::Required(parameters()?), 587),
        ("smtp", _) => (Tls::Opportunistic(parameters()?), 25),
        _ => return Err(OpenError::Url("it begins neither with smtp:// nor with smtps://")),
    };
    let port = url.port().unwrap_or(port);
    let (wrapped, plain) = (matches!(tls, Tls::Wrapper(_)), matches!(tls, Tls::None));
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(port)
        .tls(tls)
        .timeout(Some(PATIENCE))
        .hello_name(ClientId::Domain(our_name.to_owned()))
        .pool_config(PoolConfig::new().max_size(4));
    if has_password {
        let plain =
            |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned());
        let (user, password) = (plain(url.username()), plain(url.password().unwrap_or_default()));
        let (Ok(user), Ok(password)) = (user, password) else {
            return Err(OpenError::Url("its user or password is not UTF-8"));
        };
        builder = builder.credentials(Credentials::new(user, password));
    }
    Ok(Server { transport: builder.build(), place: (host.to_owned(), port), wrapped, plain })
}
